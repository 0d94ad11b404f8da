"""The carte de tiers payant: issued when its facts change, written to a PDF, handed out by a short-lived link.

Requirements M27, M34, M57, H56. A card is issued by the member's own version: of two jobs, the one that read older
facts can no longer write its card. What a card's code says is believed by its signature alone.
"""

import hmac
import io
from dataclasses import replace
from functools import partial

from chalicelib import clock, settings
from chalicelib.domain.card import Card, CardCode, CardFacts, read_code, unsigned_code
from chalicelib.domain.card_rights import facts_on
from chalicelib.domain.company import Risk
from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.member import Member
from chalicelib.gateways import documents, queues, secrets
from chalicelib.gateways.rendering import render_pdf
from chalicelib.services import ready_documents, tokens
from chalicelib.services.letterhead import letterhead
from chalicelib.storage import contracts, members
from chalicelib.storage.transaction import Transaction, retry_stale
from chalicelib.texts.documents import models

COVER_ENDED = "La couverture santé n’est pas en cours\u00a0: elle ne donne pas droit à une carte de tiers payant."
HEALTH_ONLY = "Seul un contrat santé donne droit à une carte de tiers payant."
WAITING = "Votre carte est en cours de préparation\u00a0: revenez dans quelques minutes."
SIGNATURE_LETTERS = 32


def write(member_id: str) -> None:
    """Issue the card of a member as things stand, and write its document; safe to repeat.

    A member without health cover has none.

    Errors: ``NotFound``; ``Stale`` when others keep writing the member.
    """
    card = retry_stale(partial(_issue, member_id))
    if card is None:
        return
    if card.replaces:
        documents.delete("documents", card.replaces)
    documents.write("documents", card.key, _pdf(card), content_type="application/pdf")
    latest = members.get(member_id)
    if latest is None or latest.card is None or latest.card.card_id != card.card_id:
        documents.delete("documents", card.key)


def _issue(member_id: str) -> Card | None:
    """The card in force, made now unless the one that is held says the same."""
    member = members.get(member_id)
    if member is None:
        raise NotFound
    facts = _facts(member)
    if facts is None:
        return None
    held = member.card
    if held is not None and not held.withdrawn and held.facts == facts:
        return held
    card_id = tokens.new_id()
    card = Card(
        card_id=card_id,
        facts=facts,
        issued_on=clock.today(),
        key=f"cards/{member_id}/{card_id}.pdf",
        replaces=held.key if held else None,
    )
    with Transaction() as transaction:
        members.save(transaction, replace(member, card=card))
    return card


def _facts(member: Member) -> CardFacts | None:
    health = member.running_affiliation(Risk.HEALTH)
    contract = contracts.get(member.company_id, health.contract_id) if health else None
    return facts_on(member, contract, clock.today()) if contract else None


def link(member: Member) -> str:
    """A short-lived link to the member's card.

    Errors: ``NotFound`` without health cover; ``Conflict`` while the card is being written.
    """
    if not any(one.risk is Risk.HEALTH for one in member.affiliations):
        raise NotFound(HEALTH_ONLY)
    facts = _facts(member)
    if facts is None:
        raise NotFound(COVER_ENDED)
    card = member.card
    if card is None or card.withdrawn or card.facts != facts:
        _ask(member.member_id)
        raise Conflict("document_not_ready", WAITING)
    return ready_documents.link(
        card.key, name="carte-tiers-payant.pdf", waiting=WAITING, prepare=partial(_ask, member.member_id)
    )


def _ask(member_id: str) -> None:
    queues.send("documents", {"document": "card", "member_id": member_id})


def code_of(card: Card) -> str:
    """What the code printed on a card says, signed."""
    unsigned = unsigned_code(card, amc_number=settings.insurer().amc_number)
    return f"{unsigned}.{_signature(unsigned)}"


def read_signed(text: str) -> CardCode | None:
    """What a scanned code says, if it is one that was signed here; nothing otherwise, whatever is wrong with it."""
    code = read_code(text, amc_number=settings.insurer().amc_number)
    if code is None or not hmac.compare_digest(code.signature, _signature(code.signed)):
        return None
    return code


def _signature(unsigned: str) -> str:
    return secrets.lookup_hash(unsigned, field="card")[:SIGNATURE_LETTERS].upper()


def _pdf(card: Card) -> bytes:
    """The card as a tagged PDF; the same card always gives the same bytes."""
    facts = card.facts
    values = dict(facts.domains)
    document = models.Card(
        insurer=letterhead(),
        number=card.number,
        amc_number=settings.insurer().amc_number,
        contract_number=facts.contract_number,
        numero_adherent=facts.numero_adherent,
        member_name=facts.member_name,
        holders=tuple(
            models.CardHolder(name=one.name, born_on=one.birth_date, rank=one.rank, values=values)
            for one in facts.people
        ),
        valid_from=facts.valid_from,
        valid_to=facts.valid_to,
        issued_on=card.issued_on,
        teletransmission="La télétransmission est indiquée pour chaque bénéficiaire dans votre espace.",
        hospital_contact=settings.insurer().contact,
        qr_svg=_qr(code_of(card)),
        qr_alt=f"Code de la carte {card.number}, valable jusqu’au {facts.valid_to:%d/%m/%Y}",
    )
    return render_pdf(document)


def _qr(text: str) -> str:
    import segno  # noqa: PLC0415 - only the function that writes cards needs it

    buffer = io.BytesIO()
    segno.make(text, error="m", micro=False).save(buffer, kind="svg", xmldecl=False, scale=4)
    return buffer.getvalue().decode()
