"""Books as files: of everything or of any search, streamed."""
