"""The pages around one's own account."""
