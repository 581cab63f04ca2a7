"""Quire's carts, orders and their history."""
