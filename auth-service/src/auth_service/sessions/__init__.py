"""Sessions: signing in, refreshing, signing out, and the list of what ended early."""
