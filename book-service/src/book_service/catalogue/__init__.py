"""The catalogue: books, found, read and edited."""
