"""Signing in: with the password, and with a code where the account has a second factor."""
