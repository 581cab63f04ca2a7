"""Stock: how many copies there are and why, counting them, and what is running low."""
