"""Walking along the shelves: the books of an author, a subject, a publisher, and the new ones."""
