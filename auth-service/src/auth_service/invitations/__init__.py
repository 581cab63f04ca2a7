"""Invitations: links with which one person may sign up, once."""
