"""Links of mails: a new password, a confirmed address, an invitation."""
