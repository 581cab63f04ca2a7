"""Quire's catalogue and stock."""
