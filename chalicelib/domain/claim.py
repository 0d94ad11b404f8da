"""A reimbursement claim: what a member declares on an invoice, what the engine proposes, what an agent decides."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from chalicelib.domain import acts
from chalicelib.domain.acts import Act, Form, Site
from chalicelib.domain.adjudication.care import LOCATION, SIDES, Component, Derogation, Exemption, Territory, Withheld
from chalicelib.domain.errors import FieldError, FieldErrors
from chalicelib.domain.law import parameter
from chalicelib.domain.money import Cents
from chalicelib.domain.periods import add_months


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """A stay in hospital, as its bill says; its first day names it, for a person enters hospital once a day."""

    entered_on: date
    left_on: date | None = None

    @property
    def name(self) -> str:
        """What tells the stays of a person apart.

        >>> Stay(entered_on=date(2026, 3, 1)).name
        '2026-03-01'
        """
        return self.entered_on.isoformat()

    def day_of(self, day: date) -> int:
        """Which day of the stay a day is, the first being 1.

        >>> Stay(entered_on=date(2026, 3, 1)).day_of(date(2026, 3, 31))
        31
        """
        return (day - self.entered_on).days + 1

    def holds(self, day: date) -> bool:
        """Whether a day lies within the stay, its first and last days included."""
        return self.entered_on <= day and (self.left_on is None or day <= self.left_on)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimLine:
    """One line of an invoice. What the mandatory scheme's statement says wins over what the engine would compute.

    ``professional`` is the number of who gave the care; with ``stay``, it tells which acts share a day's caps and a
    session. ``location`` is the ear or eye (``left``, ``right``) or the tooth (its FDI number). ``rate_percent`` and
    ``withheld`` are the scheme's rate and what it kept back, where the scheme itself tells them.
    """

    act: str
    care_on: date
    expense_cents: Cents
    quantity: int = 1
    statutory_paid_cents: Cents | None = None
    base_cents: Cents | None = None
    third_party_payment: bool = False
    prescribed: bool = False
    in_pathway: bool = True
    optam: bool | None = None
    other_payers_cents: Cents = 0
    components: tuple[Component, ...] = ()
    professional: str | None = None
    stay: Stay | None = None
    daily_charge_days: int | None = None
    location: str | None = None
    territory: Territory = Territory.METROPOLE
    exemption: Exemption | None = None
    derogation: Derogation | None = None
    emergency: bool = False
    prescribed_on: date | None = None
    rate_percent: Decimal | None = None
    withheld: Withheld | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineCorrection:
    """What an agent read on the documents for one line; ``None`` leaves the member's figure as it is."""

    index: int
    expense_cents: Cents | None = None
    statutory_paid_cents: Cents | None = None
    base_cents: Cents | None = None
    other_payers_cents: Cents | None = None
    components: tuple[Component, ...] | None = None
    professional: str | None = None
    stay: Stay | None = None
    daily_charge_days: int | None = None
    location: str | None = None
    territory: Territory | None = None
    exemption: Exemption | None = None
    derogation: Derogation | None = None
    emergency: bool | None = None
    prescribed_on: date | None = None

    def applied_to(self, line: ClaimLine) -> ClaimLine:
        """The corrected line.

        >>> line = ClaimLine(act="CP", care_on=date(2026, 3, 1), expense_cents=9000)
        >>> LineCorrection(index=0, expense_cents=8000).applied_to(line).expense_cents
        8000
        """
        names = [field.name for field in fields(self) if field.name != "index"]
        changes = {name: getattr(self, name) for name in names if getattr(self, name) is not None}
        return replace(line, **changes)


class Decision(StrEnum):
    """What an agent answers."""

    APPROVE = "approve"
    REFUSE = "refuse"
    ASK = "information"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentDecision:
    """An agent's decision on a claim, with its reason, the lines corrected and the sum that was approved."""

    decision: Decision
    reason: str
    agent_id: str
    decided_at: datetime
    corrections: tuple[LineCorrection, ...] = ()
    approved_cents: Cents = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The content of a claim. ``proposal`` holds one settlement per line, as the engine recorded it.

    ``resembles`` are sentences that name the other claims, décomptes and files that a person must compare it with.
    """

    beneficiary_id: str
    beneficiary_name: str
    form: Form
    lines: tuple[ClaimLine, ...]
    contract_id: str | None = None
    proposal: tuple[dict[str, Any], ...] = ()
    review_reasons: tuple[str, ...] = ()
    task_token: str | None = None
    decision: AgentDecision | None = None
    reimbursement_id: str | None = None
    resembles: tuple[str, ...] = ()

    def corrected(self, correction: LineCorrection) -> "Claim":
        """The same claim with one line corrected. Errors: ``FieldErrors`` where the line then contradicts itself."""
        at = correction.index
        line = correction.applied_to(self.lines[at])
        faults = tuple(contradictions(line, place=f"lines[{at}]"))
        if faults:
            raise FieldErrors(*faults)
        return replace(self, lines=(*self.lines[:at], line, *self.lines[at + 1 :]))


def contradictions(line: ClaimLine, *, place: str) -> Iterator[FieldError]:
    """What a line says of its place, its stay or its prescription that its act or its day cannot bear.

    Source: LPP and CCAM (units by ear, eye or tooth); CSS art. L174-4 (daily charge), R871-2 3° (early renewal).

    >>> line = ClaimLine(act="G", care_on=date(2026, 3, 1), expense_cents=3000, location="left")
    >>> [fault.code for fault in contradictions(line, place="lines[0]")]
    ['no_such_place']
    """
    act = acts.find(line.act)
    if line.location is not None:
        yield from _faults_of_location(line, act, place)
    if line.stay and line.stay.left_on and line.stay.left_on < line.stay.entered_on:
        yield FieldError(f"{place}.stay.left_on", "La sortie précède l’entrée.", "ends_before_start")
    elif line.stay and not line.stay.holds(line.care_on):
        yield FieldError(f"{place}.stay", "Les soins ont eu lieu hors de ce séjour.", "out_of_stay")
    if line.daily_charge_days and not (act and act.daily_charge):
        sentence = "Seule la facture d’un séjour comprend le forfait journalier."
        yield FieldError(f"{place}.daily_charge_days", sentence, "not_a_stay")
    if line.derogation and not (act and act.early_renewal):
        sentence = "Seules des lunettes se renouvellent plus tôt que prévu."
        yield FieldError(f"{place}.derogation", sentence, "not_glasses")
    if line.prescribed_on and line.prescribed_on > line.care_on:
        yield FieldError(f"{place}.prescribed_on", "L’ordonnance est postérieure aux soins.", "after_care")


def _faults_of_location(line: ClaimLine, act: Act | None, place: str) -> Iterator[FieldError]:
    site = act.site if act else None
    sided = line.location in SIDES
    if site is None or not LOCATION.fullmatch(line.location or "") or sided == (site is Site.TOOTH):
        said = {Site.TOOTH: "Indiquez le numéro de la dent (11 à 48, 51 à 85).", None: "Cet acte ne se situe pas."}
        sentence = said.get(site, "Indiquez le côté\u00a0: left (gauche) ou right (droite).")
        yield FieldError(f"{place}.location", sentence, "no_such_place")
    elif line.quantity != 1:
        sentence = "Une ligne qui nomme une dent, un œil ou une oreille n’en compte qu’un."
        yield FieldError(f"{place}.quantity", sentence, "one_place")


def is_prescribed(care_on: date, today: date) -> bool:
    """Whether it is too late to claim for care.

    Source: Code des assurances L114-1, code de la mutualité L221-11 (two years).

    >>> is_prescribed(date(2024, 3, 1), date(2026, 3, 1)), is_prescribed(date(2024, 3, 1), date(2026, 3, 2))
    (False, True)
    """
    return today > add_months(care_on, int(parameter("claim.prescription", on=care_on).value))
