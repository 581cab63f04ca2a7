"""Editing: adding, changing and archiving books."""
