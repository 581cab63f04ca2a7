"""The cart and the way to an order."""
