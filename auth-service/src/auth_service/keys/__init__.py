"""The signing key, what is signed with it, and what is published about it."""
