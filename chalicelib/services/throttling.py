"""Slowing down whoever guesses: attempts are counted per thing guessed and per address they come from."""

import hashlib
from datetime import timedelta

from chalicelib import clock
from chalicelib.domain.errors import TooManyAttempts
from chalicelib.storage import throttles

WINDOW = timedelta(minutes=15)
PER_TARGET = 5
PER_ADDRESS = 100


def admit_attempt(action: str, *, target: str, source_ip: str) -> None:
    """Count one attempt at a guarded action.

    Errors: ``TooManyAttempts`` when this target or this address has had its share of the window.
    """
    for limit, name in ((PER_TARGET, f"target:{target}"), (PER_ADDRESS, f"address:{source_ip}")):
        digest = hashlib.sha256(f"{action}\0{name}".encode()).hexdigest()
        attempts, ends_at = throttles.count_attempt(digest, window=WINDOW, now=clock.now())
        if attempts > limit:
            raise TooManyAttempts(retry_at=ends_at)
