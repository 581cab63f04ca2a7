"""A new password for who has forgotten theirs, through a link in a mail."""
