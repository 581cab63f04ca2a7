"""The stock: what is on the shelf, what is promised to orders, and why."""
