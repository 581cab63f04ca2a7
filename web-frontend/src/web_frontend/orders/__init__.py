"""Orders: their history, receipts and progress."""
