"""The plumbing that all of Quire's services share. It knows nothing of books, orders or accounts."""
