"""Accounts, passwords, sessions and roles of Quire; the only holder of the signing key."""
