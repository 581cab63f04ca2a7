"""Accounts: signing up, in and out, and one's own account."""
