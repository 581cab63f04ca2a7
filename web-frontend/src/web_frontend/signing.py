"""Signed texts: what goes through a browser and comes back, and must not be changed on the way."""

import hashlib
from functools import cache

from itsdangerous import URLSafeSerializer, URLSafeTimedSerializer

_SHA256 = {"digest_method": hashlib.sha256, "key_derivation": "hmac"}
"""In place of the library's SHA-1."""


@cache
def timed_signatures(secret: str, purpose: str) -> URLSafeTimedSerializer:
    """Return what signs texts of one purpose, and can tell how old they are."""
    return URLSafeTimedSerializer(secret, salt=purpose, signer_kwargs=_SHA256)


@cache
def signatures(secret: str, purpose: str) -> URLSafeSerializer:
    """Return what signs texts of one purpose that do not get old."""
    return URLSafeSerializer(secret, salt=purpose, signer_kwargs=_SHA256)
