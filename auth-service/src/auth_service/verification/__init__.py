"""Whether an e-mail address is its account's, and the change to another one."""
