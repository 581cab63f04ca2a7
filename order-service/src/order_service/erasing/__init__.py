"""Taking erased people out of orders and carts."""
