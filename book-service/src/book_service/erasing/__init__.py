"""Taking erased people out of histories and imports."""
