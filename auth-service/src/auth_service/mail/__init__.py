"""Mail: what the service writes to people, kept in the database until it is sent."""
