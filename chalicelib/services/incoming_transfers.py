"""Money that companies send: matched by the reference they were given, else by an agent (H43, A15).

A movement is posted once, under the bank's own identification of it, however often the bank tells it.
"""

import re
from dataclasses import replace
from datetime import datetime
from functools import partial

from chalicelib import clock
from chalicelib.domain.bank_return import Answer
from chalicelib.domain.contributions.contribution import Contribution
from chalicelib.domain.contributions.ledger import Posting, PostingKind, payment
from chalicelib.domain.contributions.reference import is_structured_reference
from chalicelib.domain.errors import Conflict, FieldErrors, NotFound
from chalicelib.domain.money import in_euros
from chalicelib.domain.search_text import folded
from chalicelib.domain.unmatched import Movement, MovementState
from chalicelib.services import contribution_ledger
from chalicelib.storage import companies, contributions, payments
from chalicelib.storage.transaction import Stale, Transaction, retry_stale

PAGE = 50
_REFERENCE = re.compile(r"RF\d{2}[0-9A-Z]{1,21}")


def receive(answer: Answer) -> str:
    """Post money that came in to the statement whose reference it bears, else keep it for an agent.

    Answers ``applied``, ``unchanged`` when that was done before, or ``unknown``.
    """
    if payments.movement(answer.entry_id) is not None:
        return "unchanged"
    contribution = _statement_of(answer)
    if contribution is None:
        return "unknown" if keep(answer) else "unchanged"
    posted = contribution_ledger.post(
        contribution.company_id, contribution.contract_id, _posting(answer, contribution.number)
    )
    return "applied" if posted else "unchanged"


def _statement_of(answer: Answer) -> Contribution | None:
    for reference in (answer.end_to_end_id, *answer.references):
        compact = "".join(reference.upper().split())
        for found in _REFERENCE.finditer(compact):
            contribution = _called_under(found[0])
            if contribution is not None:
                return contribution
    return None


def _called_under(text: str) -> Contribution | None:
    """The contribution of a reference; what follows it in a free text without spaces is not part of it."""
    for end in range(len(text), len("RF00"), -1):
        if is_structured_reference(text[:end]):
            found = contributions.get(text[len("RF00") : end])
            if found is not None:
                return found
    return None


def _posting(told: Answer | Movement, number: str) -> Posting:
    return payment(
        f"transfer-{told.entry_id}",
        PostingKind.TRANSFER,
        amount_cents=told.amount_cents,
        day=told.on,
        statement=number,
    )


def keep(answer: Answer) -> bool:
    """Keep a movement that fits nothing for the agents; false when it is there already."""
    movement = Movement(
        entry_id=answer.entry_id,
        told=answer.told,
        on=answer.on,
        amount_cents=answer.amount_cents,
        credit=bool(answer.credit),
        name=answer.end_to_end_id or answer.batch_id,
        references=answer.references,
        payer=answer.payer,
        reason=answer.reason,
    )
    try:
        with Transaction() as transaction:
            payments.save_movement(transaction, movement)
    except Stale:
        return False
    return True


def waiting(*, after: str | None) -> tuple[list[Movement], str | None]:
    """One page of the movements that wait for an agent, oldest first, and ``after`` for the next page."""
    return payments.page_of_movements(after=after, limit=PAGE)


def match(entry_id: str, number: str, *, agent_id: str, confirmed: bool = False) -> Movement:
    """Post money that came in to a statement that an agent names.

    Where neither the amount is what the statement owes nor the payer its company, the agent has to confirm it.

    Errors: ``NotFound``; ``FieldErrors`` on ``statement`` for an unknown number or for money that did not come in;
    ``Conflict`` when it was settled already (``already_settled``), or is to be confirmed (``not_alike``).
    """
    movement = _movement(entry_id)
    contribution = contributions.get(number)
    if contribution is None:
        raise FieldErrors.on("statement", "Aucun appel de cotisation n’a ce numéro.", "unknown_statement")
    if not movement.credit or not movement.amount_cents:
        raise FieldErrors.on("statement", "Ce mouvement n’est pas une entrée d’argent.", "not_received")
    settled = movement.settled(MovementState.MATCHED, agent_id=agent_id, at=clock.now(), statement=number)
    if not confirmed:
        _check_alike(movement, contribution)
    contribution_ledger.post(
        contribution.company_id,
        contribution.contract_id,
        _posting(movement, number),
        also=lambda transaction: payments.save_movement(transaction, settled),
    )
    return settled


def _check_alike(movement: Movement, contribution: Contribution) -> None:
    if movement.amount_cents == contribution.owed_cents:
        return
    company = companies.get(contribution.company_id)
    if company is None or _letters(company.name) in _letters(movement.payer):
        return
    payer = f"vient de «\u00a0{movement.payer}\u00a0»" if movement.payer else "ne dit pas qui l’a fait"
    sentence = (
        f"Ce versement de {in_euros(movement.amount_cents)} {payer}, alors que «\u00a0{company.name}\u00a0» doit "
        f"{in_euros(contribution.owed_cents)} sur l’appel {contribution.number}\u00a0: vérifiez-le, puis confirmez."
    )
    raise Conflict("not_alike", sentence, received_cents=movement.amount_cents, owed_cents=contribution.owed_cents)


def _letters(name: str) -> str:
    """A name as a bank may write it: letters and digits alone, without case or accents."""
    return "".join(one for one in folded(name) if one.isalnum())


def set_aside(entry_id: str, note: str, *, agent_id: str) -> Movement:
    """Note that a movement is no business of the portal, and why.

    Errors: ``NotFound``; ``Conflict`` when it was settled already.
    """
    return retry_stale(partial(_set_aside, entry_id, note, agent_id, clock.now()))


def _set_aside(entry_id: str, note: str, agent_id: str, at: datetime) -> Movement:
    settled = _movement(entry_id).settled(MovementState.SET_ASIDE, agent_id=agent_id, at=at, note=note)
    with Transaction() as transaction:
        payments.save_movement(transaction, settled)
    return replace(settled, version=settled.version + 1)


def _movement(entry_id: str) -> Movement:
    found = payments.movement(entry_id)
    if found is None:
        raise NotFound
    return found
