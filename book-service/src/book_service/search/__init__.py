"""Search: what finds a book by its words and filters, and keeps up with the catalogue."""
