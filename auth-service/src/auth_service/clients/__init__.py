"""The services themselves as OAuth clients with credentials of their own."""
