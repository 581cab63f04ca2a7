"""Throttling: how often a password, a code or a form may be tried, and by whom."""
