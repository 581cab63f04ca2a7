"""API keys: what a person gives to a program, so that it may do part of what the person may do."""
