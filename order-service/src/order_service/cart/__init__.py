"""Carts: what an account means to order."""
