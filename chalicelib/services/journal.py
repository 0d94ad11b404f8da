"""The journal of accesses: what is seen of a person is told to a queue before it is shown, and kept in their chain.

The member reads it; an agent has it verified. See docs/decisions/0006-access-journal.md.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta
from functools import partial
from typing import Any

from chalicelib import clock
from chalicelib.domain.journal import Consultation, DataGroup, Verdict, Viewer, ViewerKind, verify
from chalicelib.domain.retention import Category, kept_until
from chalicelib.gateways import queues
from chalicelib.services import tokens
from chalicelib.storage import journal
from chalicelib.storage.transaction import retry_stale
from chalicelib.texts.dates import moment_in_words

PEOPLE_PER_MESSAGE = 100
VIEWERS = {
    ViewerKind.MEMBER: "Vous avez",
    ViewerKind.EMPLOYER: "Votre employeur a",
    ViewerKind.AGENT: "Un gestionnaire a",
    ViewerKind.OUTSIDER: "Un professionnel de santé a",
}
SEEN = {
    DataGroup.IDENTITY: "votre identité et vos coordonnées",
    DataGroup.CONTRACT: "votre contrat et vos ayants droit",
    DataGroup.CARE: "vos soins et vos remboursements",
    DataGroup.WORK_STOPPAGES: "vos arrêts de travail",
    DataGroup.PAY: "vos rémunérations",
    DataGroup.BANK: "vos coordonnées bancaires",
    DataGroup.REQUESTS: "vos démarches",
    DataGroup.DOCUMENTS: "vos documents",
    DataGroup.JOURNAL: "l’historique des accès à vos données",
    DataGroup.EVERYTHING: "l’ensemble de vos données",
    DataGroup.SPACE: "votre espace personnel",
}


def note(
    member_ids: Iterable[str],
    *,
    viewer: Viewer,
    groups: tuple[DataGroup, ...],
    purpose: str,
    reason: str = "",
    request_id: str = "",
) -> None:
    """Have an access to some people's data noted; it is on its way once this returns.

    Of an employer who looks at the same page again within the hour, one access is kept.
    """
    people = sorted(set(member_ids))
    now = clock.now()
    entry_id = tokens.new_id()
    if viewer.kind is ViewerKind.EMPLOYER:
        entry_id = tokens.derived_id("consultation", viewer.account_id, purpose, request_id, f"{now:%Y%m%d%H}")
    for start in range(0, len(people), PEOPLE_PER_MESSAGE):
        told = {
            "entry_id": entry_id,
            "at": now.isoformat(),
            "viewer": {"kind": viewer.kind, "account_id": viewer.account_id, "name": viewer.name},
            "groups": list(groups),
            "purpose": purpose,
            "reason": reason,
            "request_id": request_id,
        }
        queues.send("journal", {"consultation": told, "member_ids": people[start : start + PEOPLE_PER_MESSAGE]})


def record(told: Mapping[str, Any], member_ids: Iterable[str]) -> None:
    """Keep an access in the chain of each person concerned, once, however often and late it is told.

    Errors: ``KeyError``, ``TypeError`` or ``ValueError`` for what is no access.
    """
    consultation = Consultation(
        entry_id=str(told["entry_id"]),
        at=datetime.fromisoformat(told["at"]),
        viewer=Viewer(
            kind=ViewerKind(told["viewer"]["kind"]),
            account_id=str(told["viewer"]["account_id"]),
            name=str(told["viewer"]["name"]),
        ),
        groups=tuple(DataGroup(one) for one in told["groups"]),
        purpose=str(told["purpose"]),
        reason=str(told["reason"]),
        request_id=str(told["request_id"]),
    )
    if consultation.at.tzinfo is None:
        raise ValueError("the moment of the access has no time zone")
    for member_id in member_ids:
        retry_stale(partial(journal.append, member_id, consultation, expires=_expires()))


def _expires() -> datetime:
    """When an entry added now may go."""
    last_day = kept_until(Category.JOURNAL, clock.today())
    now = clock.now()
    return datetime.combine(last_day or clock.today(), time.max, tzinfo=now.tzinfo) + timedelta(days=1)


def page(member_id: str, *, before: int | None, limit: int) -> tuple[list[tuple[int, Consultation]], int | None]:
    """One page of the accesses to a person's data, newest first, each with its place, and ``before`` for the next."""
    return journal.page(member_id, before=before, now=clock.now(), limit=limit)


def about_request(member_id: str, request_id: str, *, limit: int = 100) -> list[Consultation]:
    """Who lately read what of a member for one démarche, newest first."""
    found, _ = page(member_id, before=None, limit=limit)
    return [one for _, one in found if one.request_id == request_id]


def verified(member_id: str) -> Verdict:
    """Whether a person's chain is as it was written, and where it is not."""
    end, now = journal.head(member_id), clock.now()
    return verify(journal.links(member_id, now=now), member_id=member_id, end=end, now=now)


def sentence(one: Consultation) -> str:
    """An access as the member reads it."""
    groups = [SEEN[group] for group in one.groups]
    what = groups[0] if len(groups) == 1 else f"{', '.join(groups[:-1])} et {groups[-1]}"
    did = "exporté" if DataGroup.EVERYTHING in one.groups else "consulté"
    if DataGroup.SPACE in one.groups:
        did = "ouvert"
    return f"{VIEWERS[one.viewer.kind]} {did} {what} le {moment_in_words(one.at)}."
