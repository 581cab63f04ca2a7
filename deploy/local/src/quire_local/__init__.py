"""Runs the whole of Quire on one machine, from an embedded PostgreSQL to the five services."""
