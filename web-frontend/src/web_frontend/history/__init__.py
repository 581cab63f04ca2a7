"""History: who changed what of a book, and putting earlier versions back."""
