"""What can go wrong with API keys."""

from service_kit.languages.texts import N_
from service_kit.problems import DomainError, InvalidField


class InvalidApiKey(DomainError):
    """No such key, another secret, revoked, expired, or its owner is gone or disabled: the caller is not told which."""

    code = "invalid_api_key"
    status = 401
    title = N_("The API key is not valid")


class ApiKeyNotFound(DomainError):
    """The account has no such key; another one may have it."""

    code = "api_key_not_found"
    status = 404
    title = N_("You have no such API key")


class TooManyApiKeys(DomainError):
    """The account has as many keys as one may have."""

    code = "too_many_api_keys"
    status = 409
    title = N_("You have too many API keys")


class UnacceptableApiKey(InvalidField):
    """What was asked for cannot be given to a key."""
