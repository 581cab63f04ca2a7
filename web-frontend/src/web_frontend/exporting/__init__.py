"""Exporting books to files."""
