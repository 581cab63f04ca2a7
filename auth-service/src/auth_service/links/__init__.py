"""Links in mails: each good once, for one purpose, for a while."""
