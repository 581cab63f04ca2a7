"""Importing books from files, as its pages show it."""
