"""RFC 9457 problems: the one table from what went wrong to an HTTP answer, with French details."""

from dataclasses import dataclass, field
from typing import Any, TypeAlias

from chalicelib import clock
from chalicelib.domain import errors
from chalicelib.texts.dates import moment_in_words

Headers: TypeAlias = dict[str, str | list[str]]


@dataclass(frozen=True, slots=True)
class Problem:
    """A status, a body of type ``application/problem+json`` and the headers that go with it."""

    status: int
    body: dict[str, Any]
    headers: Headers = field(default_factory=dict)


TITLES = {
    400: "Demande illisible",
    401: "Connexion nécessaire",
    403: "Accès refusé",
    404: "Introuvable",
    409: "Impossible en l’état",
    422: "Champs à corriger",
    429: "Trop de tentatives",
    500: "Erreur imprévue",
}


def of(error: errors.EspaceError) -> Problem:
    """The answer to an error that the caller caused."""
    match error:
        case errors.FieldErrors():
            faults = [{"field": f.field, "code": f.code, "detail": f.message} for f in error.faults]
            return _problem(422, error.code, "Certains champs sont à corriger.", errors=faults)
        case errors.NotFound():
            return _problem(404, error.code, error.sentence)
        case errors.Refused():
            return _problem(409, error.code, error.sentence, **dict[str, Any](error.details))
        case errors.NotSignedIn():
            return _problem(401, error.code, f"{error}" or SIGN_IN, headers={"WWW-Authenticate": "Bearer"})
        case errors.Forbidden():
            return _problem(403, error.code, "Votre compte ne permet pas cette opération.")
        case errors.TooManyAttempts():
            wait = max(1, int((error.retry_at - clock.now()).total_seconds()))
            detail = f"Trop de tentatives. Réessayez après le {moment_in_words(error.retry_at)}."
            return _problem(
                429, error.code, detail, headers={"Retry-After": str(wait)}, retry_at=error.retry_at.isoformat()
            )
    return _problem(UNFORESEEN_STATUS, "unforeseen", UNFORESEEN)


SIGN_IN = "Votre session est terminée ou vous n’êtes pas connecté. Identifiez-vous pour continuer."
UNFORESEEN_STATUS = 500
UNFORESEEN = "Une erreur imprévue est survenue. Rien n’a été perdu\u00a0: réessayez dans quelques minutes."


def unforeseen() -> Problem:
    """The answer to anything that no rule foresaw: no detail leaves the house."""
    return _problem(UNFORESEEN_STATUS, "unforeseen", UNFORESEEN)


def _problem(status: int, code: str, detail: str, headers: Headers | None = None, **more: Any) -> Problem:
    body = {
        "type": f"urn:espace-assure:problem:{code}",
        "title": TITLES[status],
        "status": status,
        "code": code,
        "detail": detail,
        **more,
    }
    return Problem(status, body, {"Content-Type": "application/problem+json", **(headers or {})})
