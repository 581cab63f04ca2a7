"""Editing: adding, changing and archiving books, and their stock."""
