"""The catalogue: finding books and reading about them."""
