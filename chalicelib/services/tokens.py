"""Opaque tokens: long random texts given to a person once and kept only as hashes."""

import hashlib
import secrets
import uuid


def new_id() -> str:
    """A fresh identifier that says nothing about what it names."""
    return uuid.uuid4().hex


def derived_id(*parts: str) -> str:
    """The identifier that always comes out of the same parts: how a repeated request finds its first answer."""
    return uuid.uuid5(uuid.NAMESPACE_URL, "\0".join(parts)).hex


def new_token(owner_id: str) -> tuple[str, str]:
    """A token for an owner, and the hash to keep of it."""
    token = f"{owner_id}.{secrets.token_urlsafe(32)}"
    return token, token_hash(token)


def owner_of(token: str) -> str | None:
    """The owner a token names, without believing it; ``None`` when it is no token of ours."""
    owner, dot, secret = token.partition(".")
    well_formed = dot and len(owner) == 32 and owner.isalnum() and owner.isascii() and 20 <= len(secret) <= 64
    return owner if well_formed else None


def token_hash(token: str) -> str:
    """What is kept of a token: 256 random bits need no salt and no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()
