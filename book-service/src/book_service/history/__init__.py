"""What happened to each book's record: who changed what, when."""
