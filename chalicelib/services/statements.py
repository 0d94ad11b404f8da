"""The décompte: the document a reimbursement gives, line by line with its explanation (M36–M38).

The policyholder's copy for an adult dependant who has not agreed says days and amounts only; it is another document,
so that an agreement given or withdrawn takes effect at once (A12).
"""

from functools import partial

from chalicelib import clock
from chalicelib.domain.adjudication.settlement import Settlement
from chalicelib.domain.company import Contract
from chalicelib.domain.decomptes import OPERATOR, confidential_key
from chalicelib.domain.errors import NotFound
from chalicelib.domain.law import parameter
from chalicelib.domain.member import Member
from chalicelib.domain.reimbursement import PaymentOrder, ReimbursedLine, Reimbursement
from chalicelib.gateways import documents, queues
from chalicelib.gateways.rendering import render_pdf
from chalicelib.services import own_space, privacy, ready_documents
from chalicelib.services.letterhead import letterhead
from chalicelib.storage import contracts, members, reimbursements
from chalicelib.texts.documents.confidential import ConfidentialLine, ConfidentialStatement
from chalicelib.texts.documents.models import ExplanationStep, Payment, Statement, StatementLine

WAITING = "Votre décompte est en cours de préparation\u00a0: revenez dans quelques minutes."
BY_OPERATOR = "Le professionnel de santé a été réglé par l’opérateur du tiers payant."
LATER = "Le versement aura lieu dès que les coordonnées bancaires du destinataire seront connues."


def pdf_of(reimbursement: Reimbursement, member: Member) -> bytes:
    """The décompte as a tagged PDF; the same reimbursement always gives the same bytes."""
    contract = contracts.get(member.company_id, reimbursement.contract_id)
    order = reimbursements.order(reimbursement.order_id) if reimbursement.order_id else None
    months = parameter("claim.prescription", on=clock.paris_day(reimbursement.decided_at)).value
    statement = Statement(
        insurer=letterhead(),
        number=reimbursement.number,
        issued_on=clock.paris_day(reimbursement.decided_at),
        member_name=member.name,
        numero_adherent=member.numero_adherent or "",
        contract_number=_number(contract),
        payment=_payment(order) if order and order.has_account else None,
        lines=tuple(_line(line, reimbursement.beneficiary_name) for line in reimbursement.lines),
        limitation_years=int(months) // 12,
        cancels=_cancelled(reimbursement),
        unpaid=_unpaid(reimbursement, order),
        paid_to=reimbursement.payee_name or None,
    )
    return render_pdf(statement)


def confidential_pdf_of(reimbursement: Reimbursement, member: Member) -> bytes:
    """The décompte of an adult dependant as the policyholder may read it: days and amounts (A12)."""
    contract = contracts.get(member.company_id, reimbursement.contract_id)
    statement = ConfidentialStatement(
        insurer=letterhead(),
        number=reimbursement.number,
        issued_on=clock.paris_day(reimbursement.decided_at),
        member_name=member.name,
        numero_adherent=member.numero_adherent or "",
        contract_number=_number(contract),
        beneficiary=reimbursement.beneficiary_name,
        lines=tuple(
            ConfidentialLine(care_on=line.care_on, paid_cents=line.complementary_cents) for line in reimbursement.lines
        ),
    )
    return render_pdf(statement)


def write(member_id: str, reimbursement_id: str) -> None:
    """Write the décompte of a reimbursement, and the copy that keeps its care confidential if one is called for.

    Again gives the same bytes at the same places.
    """
    reimbursement = reimbursements.get(member_id, reimbursement_id)
    member = members.get(member_id)
    if reimbursement is None or member is None:
        raise NotFound
    found = {reimbursement.statement_key: pdf_of(reimbursement, member)}
    if privacy.hidden_from(member)(reimbursement.beneficiary_id):
        found[confidential_key(reimbursement)] = confidential_pdf_of(reimbursement, member)
    for key, content in found.items():
        documents.write("documents", key, content, content_type="application/pdf")


def request(member_id: str, reimbursement_id: str) -> None:
    """Have a décompte written in the background, with the queue's own patience."""
    job = {"document": "statement", "member_id": member_id, "reimbursement_id": reimbursement_id}
    queues.send("documents", job)


def _number(contract: Contract | None) -> str:
    return contract.number if contract else ""


def _cancelled(reimbursement: Reimbursement) -> str | None:
    """The number of the décompte that this one undoes, if it undoes one."""
    if reimbursement.reverses is None:
        return None
    undone = reimbursements.get(reimbursement.member_id, reimbursement.reverses)
    return undone.number if undone else reimbursement.reverses


def _unpaid(reimbursement: Reimbursement, order: PaymentOrder | None) -> str | None:
    """Why a décompte that pays something announces no transfer (H151)."""
    if reimbursement.payee == OPERATOR:
        return BY_OPERATOR
    return LATER if order is not None and not order.has_account else None


def _payment(order: PaymentOrder) -> Payment:
    return Payment(
        payee=order.holder,
        ordered_on=clock.paris_day(order.ordered_at),
        amount_cents=order.amount_cents,
        reference=order.reference,
        iban_end=order.iban_masked.replace(" ", "")[-4:],
    )


def _line(line: ReimbursedLine, beneficiary: str) -> StatementLine:
    settlement = Settlement.from_data(line.settlement)
    return StatementLine(
        care_on=line.care_on,
        beneficiary=beneficiary,
        act=line.label,
        spent_cents=line.expense_cents,
        statutory_cents=line.statutory_cents,
        complementary_cents=line.complementary_cents,
        left_to_pay_cents=line.left_to_pay_cents,
        other_payers_cents=line.other_payers_cents,
        refusal=settlement.refusal.sentence if settlement.refusal else None,
        reductions=tuple(reduction.sentence for reduction in settlement.reductions),
        steps=tuple(
            ExplanationStep(sentence=step.sentence, source=step.source, amount_cents=step.amount_cents)
            for step in settlement.steps
        ),
    )


def link(member_id: str, reimbursement_id: str) -> str:
    """A short-lived link to a décompte of a member, to what they may read of it (M37, A12).

    Errors: ``NotFound``; ``Conflict`` while the document is being written.
    """
    member = own_space.with_health(member_id)
    reimbursement = reimbursements.get(member_id, reimbursement_id)
    if reimbursement is None:
        raise NotFound
    hidden = privacy.hidden_from(member)(reimbursement.beneficiary_id)
    return ready_documents.link(
        confidential_key(reimbursement) if hidden else reimbursement.statement_key,
        name=f"decompte-{reimbursement.number}.pdf",
        waiting=WAITING,
        prepare=partial(request, member_id, reimbursement_id),
    )
