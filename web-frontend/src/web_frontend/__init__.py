"""Quire's pages and forms; talks to nothing but the gateway."""
