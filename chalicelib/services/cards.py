"""The third-party-payment card: written when its facts change, handed out by a short-lived link (M27, M34, H56)."""

import io
import json
from dataclasses import replace
from datetime import date, timedelta
from functools import partial

from chalicelib import clock, settings
from chalicelib.domain import acts
from chalicelib.domain.company import Contract, Risk
from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.guarantee import GuaranteeTable, NoGuarantee
from chalicelib.domain.member import Affiliation, Beneficiary, Member, card_validity
from chalicelib.domain.periods import Period
from chalicelib.gateways import documents, queues
from chalicelib.gateways.rendering import render_pdf
from chalicelib.services.letterhead import letterhead
from chalicelib.storage import contracts, members
from chalicelib.storage.transaction import Transaction, retry_stale
from chalicelib.texts.documents.models import Card, CardHolder

FAMILIES = {
    "PHAR": ("pharmacie",),
    "MED": ("consultation", "acte_technique"),
    "RLAX": ("imagerie", "biologie", "auxiliaire"),
    "HOSP": ("hospitalisation",),
    "OPTI": ("optique",),
    "DENT": ("dentaire_soins", "dentaire_prothese"),
    "AUDI": ("audio",),
    "TRAN": ("transport",),
}
COVER_ENDED = "La couverture santé n’est pas en cours\u00a0: elle ne donne pas droit à une carte de tiers payant."
AGREEMENT_FIRST = {"HOSP", "OPTI", "DENT", "AUDI"}


def write(member_id: str) -> None:
    """Write the card of a member as things stand; a member without health cover has none.

    Errors: ``NotFound``.
    """
    member = members.get(member_id)
    if member is None:
        raise NotFound
    health = _health_affiliation(member)
    if health is None:
        return
    contract = contracts.get(member.company_id, health.contract_id)
    if contract is None:
        raise NotFound
    period = _validity(health, contract)
    if period is None:
        return
    card = _card(member, contract, period)
    key = f"cards/{member_id}/{card.number}.pdf"
    documents.write("documents", key, render_pdf(card.template, card.to_data()), content_type="application/pdf")
    retry_stale(partial(_remember, member_id, key, card.valid_to))


def _validity(health: Affiliation, contract: Contract) -> Period | None:
    """How long a card written now is good for: never past the cover; ``None`` once that has ended."""
    period = card_validity(health.starts_on, clock.today())
    ends = [end for end in (period.end, contract.period.end, health.period.end) if end]
    return Period(period.start, min(ends)) if min(ends) > max(period.start, clock.today()) else None


def _remember(member_id: str, key: str, valid_to: date) -> None:
    member = members.get(member_id)
    if member is None or (member.card_key == key and member.card_valid_to == valid_to):
        return
    if _health_affiliation(member) is None:
        return
    with Transaction() as transaction:
        members.save(transaction, replace(member, card_key=key, card_valid_to=valid_to))


def link(member: Member) -> str:
    """A short-lived link to the member's card.

    Errors: ``NotFound`` without health cover; ``Conflict`` while the card is being written.
    """
    health = _health_affiliation(member)
    if health is None and any(one.risk is Risk.HEALTH for one in member.affiliations):
        raise NotFound(COVER_ENDED)
    if health is None:
        raise NotFound("Seul un contrat santé donne droit à une carte de tiers payant.")
    if member.card_key is None or (member.card_valid_to or clock.today()) < clock.today():
        contract = contracts.get(member.company_id, health.contract_id)
        if contract is None or _validity(health, contract) is None:
            raise NotFound(COVER_ENDED)
        queues.send("documents", {"document": "card", "member_id": member.member_id})
        raise Conflict(
            "document_not_ready", "Votre carte est en cours de préparation\u00a0: revenez dans quelques minutes."
        )
    return documents.download_link("documents", member.card_key, name="carte-tiers-payant.pdf")


def _health_affiliation(member: Member) -> Affiliation | None:
    return member.running_affiliation(Risk.HEALTH)


def _card(member: Member, contract: Contract, period: Period) -> Card:
    covered = [one for one in member.beneficiaries if one.is_covered_on(max(clock.today(), one.covered_from))]
    last_day = (period.end or period.start) - timedelta(days=1)
    number = f"{member.numero_adherent}-{period.start:%Y%m%d}-{'-'.join(str(one.rank) for one in covered)}"
    table = contract.table_on(max(period.start, contract.starts_on))
    values = _values(table) if table else {}
    return Card(
        insurer=letterhead(),
        number=number,
        amc_number=settings.insurer().amc_number,
        contract_number=contract.number,
        numero_adherent=member.numero_adherent or "",
        member_name=member.name,
        holders=tuple(_holder(one, values) for one in covered),
        valid_from=period.start,
        valid_to=last_day,
        issued_on=clock.today(),
        teletransmission="La télétransmission est indiquée pour chaque bénéficiaire dans votre espace.",
        hospital_contact=settings.insurer().contact,
        qr_svg=_qr({"amc": settings.insurer().amc_number, "adherent": member.numero_adherent, "fin": f"{last_day}"}),
        qr_alt=f"Code de la carte {number}, valable jusqu’au {last_day:%d/%m/%Y}",
    )


def _holder(person: Beneficiary, values: dict[str, str]) -> CardHolder:
    return CardHolder(name=person.name, born_on=person.birth_date, rank=person.rank, values=values)


def _values(table: GuaranteeTable) -> dict[str, str]:
    """What each domain of the card is worth: 100 where the table covers it, PEC where an agreement comes first."""
    values = {}
    for domain, families in FAMILIES.items():
        if any(_covers(table, family) for family in families):
            values[domain] = "PEC" if domain in AGREEMENT_FIRST else "100"
    return values


def _covers(table: GuaranteeTable, family: str) -> bool:
    clauses = (table.clause_for(act.code) for act in acts.catalogue().values() if act.family == family)
    return any(clause is not None and not isinstance(clause.guarantee, NoGuarantee) for clause in clauses)


def _qr(payload: dict[str, str | None]) -> str:
    import segno  # noqa: PLC0415 - only the function that writes cards needs it

    buffer = io.BytesIO()
    segno.make(json.dumps(payload, sort_keys=True), error="m").save(buffer, kind="svg", xmldecl=False, scale=4)
    return buffer.getvalue().decode()
