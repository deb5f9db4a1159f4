"""Secrets that errorhelp makes: shown once, and known again by their hash."""

import secrets
from hashlib import sha256


def new_secret() -> str:
    """256 random bits, as 43 characters that need no quotes anywhere."""
    return secrets.token_urlsafe(32)


def secret_hash(secret: str) -> str:
    """Its SHA-256, as 64 hexadecimal digits."""
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
