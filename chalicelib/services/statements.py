"""The décompte: the document a reimbursement gives, line by line with its explanation (M36–M38)."""

from chalicelib import clock
from chalicelib.domain.adjudication.settlement import Settlement
from chalicelib.domain.errors import NotFound
from chalicelib.domain.law import parameter
from chalicelib.domain.member import Member
from chalicelib.domain.reimbursement import PaymentOrder, ReimbursedLine, Reimbursement
from chalicelib.gateways import documents, queues
from chalicelib.gateways.rendering import render_pdf
from chalicelib.services import ready_documents
from chalicelib.services.letterhead import letterhead
from chalicelib.storage import contracts, members, reimbursements
from chalicelib.texts.documents.models import ExplanationStep, Payment, Statement, StatementLine


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
        contract_number=contract.number if contract else "",
        payment=_payment(order) if order else None,
        lines=tuple(_line(line, reimbursement.beneficiary_name) for line in reimbursement.lines),
        limitation_years=int(months) // 12,
    )
    return render_pdf(statement.template, statement.to_data())


def write(member_id: str, reimbursement_id: str) -> None:
    """Write the décompte of a reimbursement; again gives the same bytes at the same place."""
    reimbursement = reimbursements.get(member_id, reimbursement_id)
    member = members.get(member_id)
    if reimbursement is None or member is None:
        raise NotFound
    documents.write(
        "documents", reimbursement.statement_key, pdf_of(reimbursement, member), content_type="application/pdf"
    )


def request(member_id: str, reimbursement_id: str) -> None:
    """Have a décompte written in the background, with the queue's own patience."""
    job = {"document": "statement", "member_id": member_id, "reimbursement_id": reimbursement_id}
    queues.send("documents", job)


def _payment(order: PaymentOrder) -> Payment:
    return Payment(
        payee=order.holder,
        paid_on=clock.paris_day(order.ordered_at),
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
    """A short-lived link to a décompte of a member (M37).

    Errors: ``NotFound``; ``Conflict`` while the document is being written.
    """
    reimbursement = reimbursements.get(member_id, reimbursement_id)
    if reimbursement is None:
        raise NotFound
    return ready_documents.link(
        reimbursement.statement_key,
        name=f"decompte-{reimbursement.number}.pdf",
        waiting="Votre décompte est en cours de préparation\u00a0: revenez dans quelques minutes.",
        prepare=lambda: request(member_id, reimbursement_id),
    )
