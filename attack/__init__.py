"""Attacks on a whole shop of their own, in groups: what must not be possible is tried."""
