"""The mandatory scheme's flow files: one header, then one act or one answer on an attachment a line (docs/intake)."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field

from chalicelib.domain import acts
from chalicelib.domain.adjudication.care import (
    Component,
    Derogation,
    Exemption,
    ItemClass,
    Part,
    Territory,
    Withheld,
)
from chalicelib.domain.claim import ClaimLine, Stay, contradictions
from chalicelib.domain.errors import FieldError, FieldErrors
from chalicelib.domain.flow import MOST_LINES, FlowLine, Payee, PayeeKind
from chalicelib.domain.lens import Design, Prescription
from chalicelib.identifiers.fields import NirStr, ProfessionalStr
from chalicelib.services.intake_files import Reference
from chalicelib.validation import Schema, validated

MOST_CENTS = 10_000_000

Signed = Annotated[int, Field(strict=True, ge=-MOST_CENTS, le=MOST_CENTS, description="Centimes d’euro")]
Positive = Annotated[int, Field(strict=True, ge=0, le=MOST_CENTS, description="Centimes d’euro")]
Rate = Annotated[Decimal, Field(ge=0, le=100, max_digits=5, decimal_places=2, examples=["70"])]
Dioptres = Annotated[Decimal, Field(max_digits=4, decimal_places=2, examples=["-2.25"])]
DecompteNumber = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$", examples=["2026070012345"])]
LineNumber = Annotated[int, Field(strict=True, ge=1, le=MOST_LINES)]


class FlowHeader(Schema):
    """The first line of a flow file: which scheme it comes from; its reference is ours to recognise it by."""

    kind: Literal["flow"]
    reference: Reference
    scheme: Annotated[str, Field(pattern=r"^[0-9A-Z]{3,9}$", description="Code of the caisse", examples=["01751"])]
    issued_on: date


class PersonForm(Schema):
    """Whom a line concerns: their number, or the holder's with their own birth date."""

    nir: NirStr
    birth_date: date | None = None
    twin: Annotated[int, Field(strict=True, ge=1, le=9)] = 1


class PayeeForm(Schema):
    """Whom the complementary part is owed to; a professional has a number and a name."""

    kind: PayeeKind = PayeeKind.MEMBER
    number: ProfessionalStr | None = None
    name: Annotated[str, Field(max_length=120)] = ""


class WithheldForm(Schema):
    """What the scheme kept back; negative on a negative line."""

    participation_cents: Signed = 0
    franchise_cents: Signed = 0


class FlowStayForm(Schema):
    """The stay in hospital that the care was given in."""

    entered_on: date
    left_on: date | None = None


class FlowLensForm(Schema):
    """What is prescribed for one lens."""

    sphere: Dioptres
    design: Design
    cylinder: Dioptres = Decimal(0)
    addition: Dioptres = Decimal(0)


class FlowComponentForm(Schema):
    """One part of a pair of glasses."""

    part: Part
    item_class: ItemClass
    expense_cents: Positive
    base_cents: Positive | None = None
    prescription: FlowLensForm | None = None


class ActLine(Schema):
    """One act that the scheme paid; its amounts are the truth. A negative line undoes the one it ``cancels``."""

    type: Literal["act"] = "act"
    decompte: DecompteNumber
    line: LineNumber
    lines: LineNumber = Field(description="How many lines the décompte has, this emission included")
    cancels: LineNumber | None = None
    person: PersonForm
    payee: PayeeForm = PayeeForm()
    care_on: date
    act: Annotated[str, Field(min_length=1, max_length=20, examples=["G"])]
    quantity: Annotated[int, Field(strict=True, ge=1, le=366)] = 1
    expense_cents: Signed
    base_cents: Signed
    rate_percent: Rate
    statutory_cents: Signed
    withheld: WithheldForm = WithheldForm()
    other_payers_cents: Signed = 0
    in_pathway: bool = True
    optam: bool | None = None
    professional: ProfessionalStr | None = None
    stay: FlowStayForm | None = None
    daily_charge_days: Annotated[int, Field(strict=True, ge=0, le=366)] | None = None
    location: Annotated[str, Field(min_length=1, max_length=5, examples=["left"])] | None = None
    components: Annotated[list[FlowComponentForm], Field(max_length=3)] = []
    territory: Territory = Territory.METROPOLE
    exemption: Exemption | None = None
    derogation: Derogation | None = None
    emergency: bool = False
    prescribed_on: date | None = None


class AttachmentEvent(StrEnum):
    """What the scheme answers on somebody's attachment to us."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    ENDED = "ended"


class AttachmentLine(Schema):
    """The scheme's answer on a télétransmission, from a day on."""

    type: Literal["attachment"]
    person: PersonForm
    event: AttachmentEvent
    on: date


FlowEntry = ActLine | AttachmentLine
LINES: dict[str, type[FlowEntry]] = {"act": ActLine, "attachment": AttachmentLine}


def entry_of(document: dict[str, Any], *, today: date) -> FlowEntry:
    """One line of a flow file, checked for what it says by itself.

    Errors: ``FieldErrors`` with every fault.
    """
    kind = document.get("type", "act")
    if not isinstance(kind, str) or kind not in LINES:
        sentence = "Une ligne de flux est un acte («\u00a0act\u00a0») ou un rattachement («\u00a0attachment\u00a0»)."
        raise FieldErrors.on("type", sentence, "unknown_type")
    entry = validated(LINES[kind], document)
    faults = tuple(_faults_of_act(entry, today) if isinstance(entry, ActLine) else _faults_of_answer(entry, today))
    if faults:
        raise FieldErrors(*faults)
    return entry


def _faults_of_answer(answer: AttachmentLine, today: date) -> Iterator[FieldError]:
    if answer.on > today:
        yield FieldError("on", "Cette date est dans le futur.", "future")


def _faults_of_act(entry: ActLine, today: date) -> Iterator[FieldError]:
    amounts = {
        "expense_cents": entry.expense_cents,
        "base_cents": entry.base_cents,
        "statutory_cents": entry.statutory_cents,
        "withheld.participation_cents": entry.withheld.participation_cents,
        "withheld.franchise_cents": entry.withheld.franchise_cents,
        "other_payers_cents": entry.other_payers_cents,
    }
    sign = -1 if entry.cancels else 1
    for name, cents in amounts.items():
        if cents * sign < 0:
            sentence = "Seule une ligne négative, qui dit quelle ligne elle annule, a des montants négatifs."
            yield FieldError(name, sentence, "sign")
    if abs(entry.statutory_cents) + abs(entry.other_payers_cents) > abs(entry.expense_cents):
        yield FieldError("statutory_cents", "Les remboursements dépassent la dépense.", "paid_exceeds_expense")
    if entry.line > entry.lines:
        yield FieldError("line", "Le décompte compte moins de lignes que ce numéro.", "out_of_range")
    if entry.cancels and entry.cancels >= entry.line:
        yield FieldError("cancels", "Une ligne négative annule une ligne qui la précède.", "out_of_range")
    if entry.care_on > today:
        yield FieldError("care_on", "La date des soins est dans le futur.", "future")
    if entry.payee.kind is not PayeeKind.MEMBER and not (entry.payee.number and entry.payee.name.strip()):
        sentence = "Indiquez le numéro et le nom du professionnel payé."
        yield FieldError("payee.number", sentence, "missing")
    if acts.find(entry.act) is not None:
        yield from contradictions(care_of(entry), place="care")


def payee_of(form: PayeeForm) -> Payee:
    """Who is paid."""
    if form.kind is PayeeKind.MEMBER:
        return Payee(kind=form.kind)
    return Payee(kind=form.kind, number=form.number, name=form.name.strip())


def line_of(entry: ActLine, *, file: str) -> FlowLine:
    """The line of a décompte that an act makes; ``file`` is what brought it."""
    return FlowLine(number=entry.line, lines=entry.lines, care=care_of(entry), cancels=entry.cancels, file=file)


def care_of(entry: ActLine) -> ClaimLine:
    """The act as it is settled: amounts without their sign, what the scheme tells rather than what we would compute."""
    withheld = Withheld(
        participation_forfaitaire=abs(entry.withheld.participation_cents), franchise=abs(entry.withheld.franchise_cents)
    )
    return ClaimLine(
        act=entry.act,
        care_on=entry.care_on,
        expense_cents=abs(entry.expense_cents),
        quantity=entry.quantity,
        statutory_paid_cents=abs(entry.statutory_cents),
        base_cents=abs(entry.base_cents),
        third_party_payment=entry.payee.kind is not PayeeKind.MEMBER,
        in_pathway=entry.in_pathway,
        optam=entry.optam,
        other_payers_cents=abs(entry.other_payers_cents),
        components=tuple(_component(one) for one in entry.components),
        professional=entry.professional,
        stay=Stay(entered_on=entry.stay.entered_on, left_on=entry.stay.left_on) if entry.stay else None,
        daily_charge_days=entry.daily_charge_days,
        location=entry.location,
        territory=entry.territory,
        exemption=entry.exemption,
        derogation=entry.derogation,
        emergency=entry.emergency,
        prescribed_on=entry.prescribed_on,
        rate_percent=entry.rate_percent,
        withheld=withheld,
    )


def _component(form: FlowComponentForm) -> Component:
    lens = form.prescription
    return Component(
        part=form.part,
        item_class=form.item_class,
        expense_cents=form.expense_cents,
        base_cents=form.base_cents,
        prescription=Prescription(
            sphere=lens.sphere, design=lens.design, cylinder=lens.cylinder, addition=lens.addition
        )
        if lens
        else None,
    )
