"""All that is known of a member in one archive: asked for, written in the background, kept a week (art. 15, 20 RGPD).

The archive holds a page to read, the data as JSON, and the files. Sealed numbers are shown masked, as in the space. An
adult dependant who keeps their care to themselves is told by amounts and dates only (A12). Whoever asks, and whoever
downloads, gives the password again.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

from pydantic import TypeAdapter

from chalicelib import clock
from chalicelib.domain.account import Account
from chalicelib.domain.contributions.declared_pay import PayDeclaration
from chalicelib.domain.errors import FieldError, NotFound
from chalicelib.domain.flow import FlowDecompte
from chalicelib.domain.journal import Consultation
from chalicelib.domain.member import Member
from chalicelib.domain.privacy import keeps_to_themselves
from chalicelib.domain.reimbursement import PaymentOrder, Reimbursement
from chalicelib.domain.request import Request
from chalicelib.gateways import documents, queues
from chalicelib.services import (
    access,
    journal,
    messages,
    own_space,
    privacy,
    ready_documents,
    throttling,
    tokens,
)
from chalicelib.storage import accounts, flows, members, outbox, reimbursements, requests, salaries
from chalicelib.storage.transaction import Transaction, retry_stale
from chalicelib.texts import personal_data
from chalicelib.texts.dates import day_in_words
from chalicelib.texts.personal_data import Index, ListedFile

KEPT = timedelta(days=7)
MOMENT = "%Y%m%dT%H%M%S"
NAME = re.compile(r"(?P<moment>\d{8}T\d{6})-[0-9a-f]{32}")
WAITING = "Votre archive est en cours de préparation\u00a0: un courriel vous préviendra."
ACTION = "personal-data"
FLOW = "flow"
PAGE = 100
MOST_FILE_BYTES = 20 * 1024 * 1024
MOST_BYTES = 250 * 1024 * 1024
NOT_TOLD = {
    "sealed", "lookup", "nir_lookup", "last8_lookup", "iban_sealed", "sealed_context", "password_hash",
    "invitation_hash", "link_hash", "task_token", "generation", "sharing", "version", "found_under",
    "counted_as", "counted_in", "handling", "key", "statement_key",
}  # fmt: skip
"""Keys of the stored data that are no data of the person: seals, hashes and the portal's own marks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of a member."""

    member: Member
    account: Account | None
    requests: tuple[Request, ...]
    reimbursements: tuple[Reimbursement, ...]
    consultations: tuple[Consultation, ...]
    orders: tuple[PaymentOrder, ...]
    flows: tuple[FlowDecompte, ...]
    pay: tuple[PayDeclaration, ...]


def ask(account: Account, *, password: str, source_ip: str) -> str:
    """Have the archive of the member whose space this is written; returns its id.

    Errors: ``FieldErrors`` on ``password``; ``TooManyAttempts``.
    """
    _confirm(account, password, source_ip)
    member_id = account.subject_ids[0]
    export_id = _name(member_id, clock.now())
    queues.send("documents", {"document": "personal_data", "member_id": member_id, "export_id": export_id})
    return export_id


def _name(member_id: str, asked: datetime) -> str:
    moment = f"{asked:{MOMENT}}"
    return f"{moment}-{tokens.derived_id('personal-data', member_id, moment)}"


def link(account: Account, export_id: str, *, password: str, source_ip: str) -> str:
    """A short-lived link to an archive of one's own, for a week.

    Errors: ``FieldErrors`` on ``password``; ``TooManyAttempts``; ``NotFound`` for another's, after a week, and once
    what may be read of the family changed (A12); ``Conflict`` while it is being written.
    """
    _confirm(account, password, source_ip)
    asked = _asked_at(export_id)
    if export_id != _name(account.subject_ids[0], asked):
        raise NotFound
    privacy.check_unchanged(own_space.member(account.subject_ids[0]), asked)
    if not asked <= clock.now() < asked + KEPT:
        raise NotFound("Cette archive n’est plus disponible\u00a0: demandez-en une nouvelle.")
    key = _key(account.subject_ids[0], export_id)
    return ready_documents.link(key, name=f"mes-donnees-{clock.paris_day(asked)}.zip", waiting=WAITING)


def _confirm(account: Account, password: str, source_ip: str) -> None:
    fault = FieldError("password", "Ce mot de passe n’est pas le vôtre.", "wrong_password")
    access.confirm_password(account, password, action=ACTION, fault=fault, source_ip=source_ip)
    throttling.forgive(ACTION, target=account.account_id)


def _asked_at(export_id: str) -> datetime:
    named = NAME.fullmatch(export_id)
    if named is None:
        raise NotFound
    try:
        return datetime.strptime(named["moment"], MOMENT).replace(tzinfo=UTC)
    except ValueError:
        raise NotFound from None


def _key(member_id: str, export_id: str) -> str:
    return f"personal-data/{member_id}/{export_id}.zip"


def write(member_id: str, export_id: str) -> None:
    """Write the archive that was asked for, and tell the member; safe to repeat.

    Somebody who was erased meanwhile has none.
    """
    member = members.get(member_id)
    if member is None:
        return
    content = _archive(_known(member))
    documents.write("documents", _key(member_id, export_id), content, content_type="application/zip")
    retry_stale(partial(_tell, member, export_id))


def _tell(member: Member, export_id: str) -> None:
    occasion = f"personal-data:{export_id}"
    if member.email is None or outbox.get(occasion) is not None:
        return
    until = clock.paris_day(_asked_at(export_id) + KEPT - timedelta(days=1))
    with Transaction() as transaction:
        message_id = messages.write(
            transaction,
            occasion=occasion,
            template="personal_data_ready",
            recipient=member.email,
            context={"available_until": day_in_words(until)},
            about=member.member_id,
        )
    messages.dispatch(message_id)


def _known(member: Member) -> Known:
    paid = tuple(_reimbursements(member.member_id))
    return Known(
        member=member,
        account=accounts.get(member.account_id) if member.account_id else None,
        requests=tuple(_requests(member.member_id)),
        reimbursements=paid,
        consultations=tuple(_consultations(member.member_id)),
        orders=tuple(_orders(paid)),
        flows=tuple(_flows(member.member_id, paid)),
        pay=tuple(_pay(member)),
    )


def _orders(paid: tuple[Reimbursement, ...]) -> Iterator[PaymentOrder]:
    ids = [one.order_id for one in paid if one.order_id]
    for start in range(0, len(ids), PAGE):
        yield from reimbursements.orders(ids[start : start + PAGE]).values()


def _flows(member_id: str, paid: tuple[Reimbursement, ...]) -> Iterator[FlowDecompte]:
    """What the scheme told of the member's people, settled or not."""
    yield from flows.several(one.claim_id for one in paid if one.source == FLOW).values()
    yield from flows.never_settled(member_id, limit=PAGE)


def _pay(member: Member) -> Iterator[PayDeclaration]:
    """What was declared of the member's own pay: nobody else's."""
    today = clock.today()
    for one in member.affiliations:
        since, until = one.starts_on, min(one.ends_on or today, today)
        history = (
            salaries.history(member.company_id, one.contract_id, since=since, until=until) if since <= until else ()
        )
        for declared in history:
            own = tuple(amount for amount in declared.amounts if amount[0] == member.member_id)
            if own:
                yield replace(declared, amounts=own)


def _requests(member_id: str) -> Iterator[Request]:
    before: str | None = None
    while True:
        page, before = requests.page_about_member(member_id, before=before)
        for summary in page:
            request = requests.get(summary.request_id)
            if request is not None:
                yield request
        if before is None:
            return


def _reimbursements(member_id: str) -> Iterator[Reimbursement]:
    before: str | None = None
    while True:
        page, before = reimbursements.page_of_member(
            member_id, decided_from=None, decided_to=None, before=before, limit=PAGE
        )
        yield from page
        if before is None:
            return


def _consultations(member_id: str) -> Iterator[Consultation]:
    before: int | None = None
    while True:
        page, before = journal.page(member_id, before=before, limit=PAGE)
        yield from (one for _, one in page)
        if before is None:
            return


def _archive(known: Known) -> bytes:
    hidden = _hidden(known.member, clock.today())
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        files = [_put(archive, one) for one in _files(known, hidden)]
        for name, value in _data(known, hidden).items():
            archive.writestr(f"donnees/{name}.json", _as_json(value))
        archive.writestr("lisez-moi.html", personal_data.index(_index(known, files, hidden)))
    return written.getvalue()


def _hidden(member: Member, today: date) -> frozenset[str]:
    """The adult dependants whose care is theirs alone."""
    dependants = (one for one in member.beneficiaries if one.relationship is not None)
    return frozenset(
        one.beneficiary_id for one in dependants if keeps_to_themselves(one.birth_date, one.sharing, today)
    )


def _files(known: Known, hidden: frozenset[str]) -> Iterator[tuple[str, str, str]]:
    """Where each file lies, its name in the archive, and its title."""
    for request in known.requests:
        if _is_hidden(request, hidden):
            continue
        for file in request.attachments:
            if file.key is not None and file.about not in hidden:
                yield file.key, f"pieces/{file.key.rsplit('/', 1)[-1]}", f"{request.title} – {file.name}"
    for one in known.reimbursements:
        if one.beneficiary_id not in hidden:
            name = f"decomptes/{one.reimbursement_id}.pdf"
            yield one.statement_key, name, f"Décompte du {clock.paris_day(one.decided_at):%d/%m/%Y}"
    if known.member.card is not None:
        yield known.member.card.key, "carte-de-tiers-payant.pdf", "Carte de tiers payant"


def _is_hidden(request: Request, hidden: frozenset[str]) -> bool:
    return request.patient_id in hidden


def _put(archive: zipfile.ZipFile, file: tuple[str, str, str]) -> ListedFile:
    """A file added to the archive, or told to be missing: gone from storage, or too much for one archive."""
    key, name, title = file
    content = documents.read("documents", key, max_bytes=MOST_FILE_BYTES)
    size = sum(one.compress_size for one in archive.infolist())
    fits = content is not None and len(content) <= MOST_FILE_BYTES and size + len(content) <= MOST_BYTES
    if content is not None and fits:
        archive.writestr(name, content)
    return ListedFile(title=title, name=name if fits else None)


def _data(known: Known, hidden: frozenset[str]) -> dict[str, Any]:
    return {
        "identite": _told(known.member),
        "compte": _told(known.account) if known.account else {},
        "demarches": [_request(one, hidden) for one in known.requests],
        "remboursements": [_reimbursement(one, hidden) for one in known.reimbursements],
        "virements": [_order(one, known, hidden) for one in known.orders],
        "teletransmission": [_flow(one, hidden) for one in known.flows],
        "salaires": [_declared(one) for one in known.pay],
        "acces": [_consultation(one) for one in known.consultations],
    }


def _consultation(one: Consultation) -> Any:
    """An access as the member reads it on the screen: no agent nor colleague is named."""
    return {
        "at": one.at.isoformat(),
        "viewer": one.viewer.kind,
        "groups": one.groups,
        "sentence": journal.sentence(one),
        "purpose": one.purpose,
        "reason": one.reason,
        "request_id": one.request_id,
    }


def _request(one: Request, hidden: frozenset[str]) -> Any:
    if _is_hidden(one, hidden):
        return {"request_id": one.request_id, "created_at": one.created_at.isoformat(), "state": one.state}
    return _told(one)


def _reimbursement(one: Reimbursement, hidden: frozenset[str]) -> Any:
    if one.beneficiary_id in hidden:
        day = clock.paris_day(one.decided_at).isoformat()
        return {"decided_on": day, "complementary_cents": one.complementary_cents}
    return _told(one)


def _order(one: PaymentOrder, known: Known, hidden: frozenset[str]) -> Any:
    """A payment order; that of care which is somebody's alone does not name who gave it."""
    told = {"ordered_at": one.ordered_at.isoformat(), "amount_cents": one.amount_cents, "state": one.state}
    of_hidden = {paid.order_id for paid in known.reimbursements if paid.beneficiary_id in hidden}
    if one.order_id in of_hidden:
        return told
    account = {"payee": one.payee, "holder": one.holder, "iban_masked": one.iban_masked}
    return told | account | {"reference": one.reference, "reimbursement_id": one.reimbursement_id}


def _flow(one: FlowDecompte, hidden: frozenset[str]) -> Any:
    """A décompte of the scheme, without what agents did with it."""
    if one.beneficiary_id in hidden:
        return {"received_on": clock.paris_day(one.received_at).isoformat(), "due_cents": one.due_cents}
    return _told(replace(one, events=(), opinion=None))


def _declared(one: PayDeclaration) -> Any:
    """A declaration of the member's pay, without which colleague made it."""
    return {
        "month": f"{one.month:%Y-%m}",
        "declared_at": one.declared_at.isoformat(),
        "adjusts": one.adjusts,
        "amount_cents": sum(cents for _, cents in one.amounts),
    }


def _told(value: Any) -> Any:
    """A domain object as data, without what is the portal's own."""
    return _without_marks(TypeAdapter(type(value)).dump_python(value, mode="json"))


def _without_marks(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_marks(one) for key, one in value.items() if key not in NOT_TOLD}
    if isinstance(value, list):
        return [_without_marks(one) for one in value]
    return value


def _as_json(value: Any) -> str:
    return TypeAdapter(Any).dump_json(value, indent=2).decode()


def _index(known: Known, files: list[ListedFile], hidden: frozenset[str]) -> Index:
    member = known.member
    return Index(
        name=member.name,
        written_on=clock.today(),
        identity=(
            ("Numéro adhérent", member.numero_adherent or "–"),
            ("Courriel", member.email or "–"),
            ("Compte bancaire", member.bank_account.iban_masked if member.bank_account else "–"),
        ),
        people=tuple((f"{one.first_name} {one.last_name}", one.birth_date) for one in member.beneficiaries),
        requests=tuple(
            (
                clock.paris_day(one.created_at),
                "Démarche d’un ayant droit majeur" if _is_hidden(one, hidden) else one.title,
            )
            for one in known.requests
        ),
        reimbursements=tuple(
            (clock.paris_day(one.decided_at), one.complementary_cents) for one in known.reimbursements
        ),
        accesses=tuple(journal.sentence(one) for one in known.consultations),
        files=tuple(files),
    )
