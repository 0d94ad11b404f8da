"""Slowing down whoever guesses: attempts are counted per thing guessed and per address they come from.

Source: CNIL délibération 2022-100 (a password is protected by a limit on attempts); dossier 7.2 (five per fifteen
minutes). The window ends by itself, so nobody can be locked out for longer by somebody else's guesses.
"""

import hashlib
from datetime import timedelta

from chalicelib import clock
from chalicelib.domain.errors import TooManyAttempts
from chalicelib.domain.law import parameter
from chalicelib.storage import throttles

PER_ADDRESS = 300


def admit_attempt(action: str, *, target: str, source_ip: str) -> None:
    """Count one attempt at a guarded action; one from an address that is used up does not count against the target.

    Errors: ``TooManyAttempts`` when this target or this address has had its share of the window.
    """
    per_target = int(parameter("account.lock.failures", on=clock.today()).value)
    for limit, name in ((PER_ADDRESS, _digest(action, "address", source_ip)), (per_target, _target(action, target))):
        attempts, ends_at = throttles.count_attempt(name, window=_window(), now=clock.now())
        if attempts > limit:
            raise TooManyAttempts(retry_at=ends_at)


def has_share_left(action: str, *, target: str, limit: int) -> bool:
    """Count one use of something that costs; whether the target has some of its share of the window left."""
    attempts, _ = throttles.count_attempt(_target(action, target), window=_window(), now=clock.now())
    return attempts <= limit


def forgive(action: str, *, target: str) -> None:
    """Forget the attempts at a target: the right person got in."""
    throttles.forget(_target(action, target), window=_window(), now=clock.now())


def _window() -> timedelta:
    return timedelta(minutes=int(parameter("account.lock.duration", on=clock.today()).value))


def _target(action: str, target: str) -> str:
    return _digest(action, "target", target)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
