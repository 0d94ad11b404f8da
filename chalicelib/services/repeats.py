"""Something asked again under the same key: its first answer if it is the same, a refusal if it is anything else."""

import hashlib
import json
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from chalicelib.domain.errors import Conflict
from chalicelib.domain.request import Request
from chalicelib.storage import requests
from chalicelib.storage.transaction import Stale, Transaction

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def fingerprint(asked: "DataclassInstance") -> str:
    """What is asked, in short: equal questions have equal fingerprints, and no others."""
    return hashlib.sha256(json.dumps(asdict(asked), sort_keys=True, default=str).encode()).hexdigest()


def first_answer(known: Request, asked: str) -> Request:
    """The request that a key opened, asked for once more.

    Errors: ``Conflict`` when its fingerprint is another one.
    """
    if known.fingerprint not in {None, asked}:
        sentence = (
            "Cette clé «\u00a0Idempotency-Key\u00a0» a déjà servi à une autre demande\u00a0: prenez-en une nouvelle."
        )
        raise Conflict("key_reused", sentence, request_id=known.request_id)
    return known


def keep_first(request: Request, asked: str) -> Request:
    """Write a new request, or find the one that the same key opened at the same moment.

    Errors: ``Conflict`` when that one's fingerprint is another one.
    """
    try:
        with Transaction() as transaction:
            requests.save(transaction, request)
    except Stale:
        stored = requests.get(request.request_id)
        if stored is None:
            raise
        return first_answer(stored, asked)
    return replace(request, version=1)
