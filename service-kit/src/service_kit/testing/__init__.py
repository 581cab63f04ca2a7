"""What the services' tests share: a real PostgreSQL, access tokens, and faked neighbours behind the real client."""
