"""What one takes along of one's account, and its erasure."""
