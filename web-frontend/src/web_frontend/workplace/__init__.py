"""Where people who work in the shop begin: what needs doing, and how it goes."""
