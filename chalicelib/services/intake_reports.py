"""What the insurer reads beside a dropped file: what became of it, and every fault where it lies."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chalicelib.domain.errors import FieldError, FieldErrors
from chalicelib.gateways import documents
from chalicelib.storage import identities
from chalicelib.storage.identities import Identity

SUFFIX = ".report"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What became of a file: accepted, unchanged (it had been applied before), refused or failed, with every fault."""

    outcome: str
    at: datetime
    details: dict[str, Any] = field(default_factory=dict)
    faults: tuple[FieldError, ...] = ()

    def to_json(self) -> bytes:
        """The report as the insurer reads it."""
        faults = [fault_as_read(fault) for fault in self.faults]
        body = {"outcome": self.outcome, "at": self.at.isoformat(), **self.details, "faults": faults}
        return json.dumps(body, ensure_ascii=False, indent=2).encode()


def fault_as_read(fault: FieldError) -> dict[str, str]:
    """A fault as a report shows it.

    >>> fault_as_read(FieldError("nir", "Ce champ est obligatoire.", "missing"))
    {'place': 'nir', 'code': 'missing', 'detail': 'Ce champ est obligatoire.'}
    """
    return {"place": fault.field, "code": fault.code, "detail": fault.message}


def write(key: str, content: bytes) -> None:
    """Put a report beside the file it is about."""
    documents.write("intake", key + SUFFIX, content, content_type="application/json")


def earlier_digest(reference: str, digest: str) -> str | None:
    """The digest under which a reference was used before: this very content's, or ``None``.

    Errors: ``FieldErrors`` when the reference was used for another content.
    """
    earlier = identities.find(Identity.INTAKE_FILE, reference)
    if earlier not in {None, digest}:
        sentence = "Cette référence a déjà servi pour un autre contenu\u00a0: donnez une référence nouvelle."
        raise FieldErrors.on("reference", sentence, "reference_used")
    return earlier
