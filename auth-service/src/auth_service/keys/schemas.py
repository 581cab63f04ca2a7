"""What is published about the keys and endpoints."""

from pydantic import BaseModel, Field


class JsonWebKey(BaseModel):
    """A public key (RFC 7517)."""

    kty: str = Field(examples=["EC"])
    crv: str = Field(examples=["P-256"])
    x: str
    y: str
    kid: str
    use: str = Field(examples=["sig"])
    alg: str = Field(examples=["ES256"])


class JsonWebKeySet(BaseModel):
    """The keys that access tokens are checked with: the current one and, for a while, the one before it."""

    keys: list[JsonWebKey]


class ServerMetadata(BaseModel):
    """Authorization server metadata (RFC 8414)."""

    issuer: str = Field(examples=["http://localhost:8000"])
    token_endpoint: str
    jwks_uri: str
    scopes_supported: list[str]
    response_types_supported: list[str] = Field(description="Empty: there is no authorization endpoint.")
    grant_types_supported: list[str]
    token_endpoint_auth_methods_supported: list[str]
    service_documentation: str
