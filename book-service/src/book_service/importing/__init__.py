"""Books from files: read, checked against the catalogue, applied, and taken back."""
