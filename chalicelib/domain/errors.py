"""What can be wrong with a request or a rule, in one tree. A class carries a stable ``code``, never a status.

EspaceError
├── NoParameterFor            a legal number is not known for a day
├── FieldErrors               some fields of a form are not acceptable, one sentence each
├── NotFound                  nothing by that name, or not yours: the two look the same
├── Refused                   the rules do not allow it, now or ever; the sentence says why
├── Conflict                  the state changed in the meantime, or the thing exists already
├── NotSignedIn               no session, or one that has ended
├── Forbidden                 signed in, but not allowed to do this
└── TooManyAttempts           slowed down; carries when to try again
"""

from dataclasses import dataclass
from datetime import date, datetime


class EspaceError(Exception):
    """Root of every error that a caller can cause."""

    code = "error"


class NoParameterFor(EspaceError):
    """No dated row gives this legal number on that day."""

    code = "no_parameter"

    def __init__(self, *, key: str, on: date) -> None:
        super().__init__(f"no value of {key} on {on.isoformat()}")
        self.key = key
        self.on = on


@dataclass(frozen=True, slots=True)
class FieldError:
    """One fault of a form or a file: where it is, and a French sentence that says how to mend it."""

    field: str
    message: str
    code: str = "invalid"


class FieldErrors(EspaceError):
    """Some fields are not acceptable."""

    code = "invalid_fields"

    def __init__(self, *faults: FieldError) -> None:
        super().__init__(", ".join(fault.field for fault in faults))
        self.faults = faults

    @classmethod
    def on(cls, field: str, message: str, code: str = "invalid") -> "FieldErrors":
        """A single faulty field."""
        return cls(FieldError(field, message, code))


class NotFound(EspaceError):
    """Nothing by that name that the caller may see."""

    code = "not_found"

    def __init__(self, sentence: str = "Cet élément n’existe pas ou ne vous est pas accessible.") -> None:
        super().__init__(sentence)
        self.sentence = sentence


class Refused(EspaceError):
    """The rules do not allow it; ``code`` is stable, ``sentence`` is for the person."""

    def __init__(self, code: str, sentence: str, **details: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.sentence = sentence
        self.details = details


class Conflict(Refused):
    """The state has changed, or the thing exists already."""


class NotSignedIn(EspaceError):
    """No session, or one that has ended."""

    code = "not_signed_in"


class Forbidden(EspaceError):
    """Signed in, but this is not for this kind of account."""

    code = "forbidden"


class TooManyAttempts(EspaceError):
    """Too many tries; the caller may try again at ``retry_at``."""

    code = "too_many_attempts"

    def __init__(self, *, retry_at: datetime) -> None:
        super().__init__("too many attempts")
        self.retry_at = retry_at
