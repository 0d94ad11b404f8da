"""Settling one line: the statutory part, then what the contract adds, in the order of operations of the field.

Source: dossier 3.3; loi n° 89-1009 art. 9 (never above the expense); CSS art. L871-1 and R871-1.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from chalicelib.domain import acts
from chalicelib.domain.acts import Act
from chalicelib.domain.adjudication import caps, components, daily_charge, limits
from chalicelib.domain.adjudication.care import NOTHING_WITHHELD, Care, Withheld
from chalicelib.domain.adjudication.circumstances import ALONE, Circumstances
from chalicelib.domain.adjudication.complementary import Basis, Terms, added, explain, explain_added, written
from chalicelib.domain.adjudication.explanation import (
    Doubt,
    Law,
    Reduction,
    Refusal,
    Step,
    Trace,
    Undecided,
    step_to_data,
)
from chalicelib.domain.adjudication.limits import NOTHING_USED, Ceiling, Used
from chalicelib.domain.adjudication.statutory import Origin, StatutoryShare, statutory_share
from chalicelib.domain.adjudication.tariff import price_limit_cents
from chalicelib.domain.errors import NoParameterFor
from chalicelib.domain.law import parameter
from chalicelib.domain.money import Cents, in_euros, round_half_up
from chalicelib.domain.record import Record


class Settlement(NamedTuple):
    """What was decided on a line, and why. Units: cents.

    Always: ``statutory_paid + complementary + left_to_pay + other_payers == expense``. A doubt that blocks leaves the
    whole expense undecided: both payments are then 0 and a person decides.
    """

    expense_cents: Cents
    statutory_gross_cents: Cents
    statutory_paid_cents: Cents
    withheld: Withheld
    complementary_cents: Cents
    other_payers_cents: Cents
    left_to_pay_cents: Cents
    refusal: Refusal | None
    reductions: tuple[Reduction, ...]
    doubts: tuple[Doubt, ...]
    consumption: Used
    origins: tuple[tuple[str, Origin], ...]
    steps: tuple[Step, ...]
    parameter_versions: tuple[str, ...]
    clause_id: str | None = None
    heavy_act_cents: Cents = 0

    @property
    def withheld_cents(self) -> Cents:
        """What the statutory scheme keeps back in all."""
        return self.withheld.total_cents

    @property
    def needs_review(self) -> bool:
        """Whether a person must look before anything is paid."""
        return bool(self.doubts)

    @property
    def decided(self) -> bool:
        """Whether the amounts were settled, be it with a doubt."""
        return not any(doubt.blocks for doubt in self.doubts)

    def to_data(self) -> dict[str, object]:
        """The settlement as plain JSON values, to store and replay."""
        return {
            "expense_cents": self.expense_cents,
            "statutory_gross_cents": self.statutory_gross_cents,
            "statutory_paid_cents": self.statutory_paid_cents,
            "withheld_cents": {
                "participation_forfaitaire": self.withheld.participation_forfaitaire,
                "franchise": self.withheld.franchise,
            },
            "complementary_cents": self.complementary_cents,
            "other_payers_cents": self.other_payers_cents,
            "left_to_pay_cents": self.left_to_pay_cents,
            "refusal": str(self.refusal) if self.refusal else None,
            "reductions": [str(reduction) for reduction in self.reductions],
            "doubts": [str(doubt) for doubt in self.doubts],
            "consumption": {"amount_cents": self.consumption.amount_cents, "count": self.consumption.count},
            "origins": [{"figure": figure, "origin": str(origin)} for figure, origin in self.origins],
            "steps": [step_to_data(step) for step in self.steps],
            "parameter_versions": list(self.parameter_versions),
            "clause_id": self.clause_id,
            "heavy_act_cents": self.heavy_act_cents,
        }

    @classmethod
    def from_data(cls, data: Mapping[str, object]) -> "Settlement":
        """The settlement that ``to_data`` wrote. Errors: ``FieldErrors`` when it is not one."""
        record = Record(data, place="settlement")
        withheld = record.record("withheld_cents")
        consumption = record.record("consumption")
        settlement = cls(
            expense_cents=record.whole("expense_cents"),
            statutory_gross_cents=record.whole("statutory_gross_cents"),
            statutory_paid_cents=record.whole("statutory_paid_cents"),
            withheld=Withheld(
                participation_forfaitaire=withheld.whole("participation_forfaitaire"),
                franchise=withheld.whole("franchise"),
            ),
            complementary_cents=record.whole("complementary_cents"),
            other_payers_cents=record.whole("other_payers_cents"),
            left_to_pay_cents=record.whole("left_to_pay_cents"),
            refusal=record.choice_or_none("refusal", Refusal),
            reductions=record.choices("reductions", Reduction),
            doubts=record.choices("doubts", Doubt),
            consumption=Used(amount_cents=consumption.whole("amount_cents"), count=consumption.whole("count")),
            origins=tuple(
                (entry.text("figure"), entry.choice("origin", Origin)) for entry in record.records("origins")
            ),
            steps=tuple(_read_step(entry) for entry in record.records("steps")),
            parameter_versions=record.texts("parameter_versions"),
            clause_id=record.text("clause_id") if record.has("clause_id") else None,
            heavy_act_cents=record.whole("heavy_act_cents", default=0),
        )
        record.check()
        return settlement


def settle(
    care: Care,
    terms: Terms,
    *,
    used: Used | None = None,
    refused: Refusal | None = None,
    used_by_limit: Sequence[Used] = (),
    circumstances: Circumstances = ALONE,
    law: Law = parameter,
) -> Settlement:
    """What the statutory scheme and the contract each pay on one line, and what is left.

    ``used`` is what the clause's counter already holds, ``used_by_limit`` what the counters of its limits hold, in
    their order; ``refused`` a reason known beforehand (no clause, waiting period): the statutory part is settled all
    the same. A line that cannot be settled carries a doubt that blocks.
    Units: cents. Source: dossier 3.3, CSS art. L871-1, R871-1, R871-2.

    >>> from datetime import date
    >>> from chalicelib.domain.guarantee import TicketModerateur
    >>> line = Care(on=date(2025, 1, 15), act="G", family="consultation", expense_cents=3000)
    >>> result = settle(line, Terms(guarantee=TicketModerateur()))
    >>> result.statutory_paid_cents, result.complementary_cents, result.left_to_pay_cents
    (1900, 900, 200)
    """
    trace = Trace(care.on, law)
    try:
        bounds = limits.ceilings(terms.guarantee, used or NOTHING_USED, used_by_limit, trace)
        return _settled(care, terms, bounds=bounds, refused=refused, circumstances=circumstances, trace=trace)
    except Undecided as open_question:
        return _undecided(care, terms, open_question.doubt, open_question.detail, trace)
    except NoParameterFor as gap:
        return _undecided(care, terms, Doubt.NO_LEGAL_VALUE, gap.key, trace)


def _settled(
    care: Care,
    terms: Terms,
    *,
    bounds: Sequence[Ceiling],
    refused: Refusal | None,
    circumstances: Circumstances,
    trace: Trace,
) -> Settlement:
    """The order of operations of dossier 3.3."""
    act = acts.find(care.act)
    daily_charge.check(care, act, circumstances, trace)
    share = statutory_share(care, act, trace, circumstances)
    room = _room(care, terms, share, trace)
    refusal = refused or limits.refusal(
        terms.guarantee, care, act, bounds, trace=trace, bought_on=circumstances.bought_on
    )
    promised = _NOTHING_PROMISED
    if refusal:
        due = 0
        _explain_refusal(refusal, trace)
    else:
        limits.check_location(terms.guarantee, care, act, trace)
        promised = _promised(care, act, terms, share, trace)
        due = promised.apart_cents + limits.limited(
            promised.counted_cents, care=care, bounds=bounds, room_cents=room.cents, trace=trace
        )
    paid = _within_room(due, room, care, trace) if not refusal else 0
    return Settlement(
        expense_cents=care.expense_cents,
        statutory_gross_cents=share.gross_cents,
        statutory_paid_cents=share.paid_cents,
        withheld=share.withheld,
        complementary_cents=paid,
        other_payers_cents=care.other_payers_cents,
        left_to_pay_cents=_left_to_pay(care, share.paid_cents, paid, trace),
        refusal=refusal,
        reductions=tuple(trace.reductions),
        doubts=tuple(trace.doubts),
        consumption=limits.consumption(
            terms.guarantee, care, bounds, paid_cents=paid, apart_cents=promised.apart_cents
        ),
        origins=share.origins,
        steps=tuple(trace.steps),
        parameter_versions=trace.versions,
        clause_id=terms.clause_id,
        heavy_act_cents=share.heavy_act_cents,
    )


class _Room(NamedTuple):
    cents: Cents
    overrun_excluded: bool


def _room(care: Care, terms: Terms, share: StatutoryShare, trace: Trace) -> _Room:
    """What is left to pay for anybody but the patient: never what is kept back nor the out-of-pathway part."""
    if share.paid_cents + care.other_payers_cents > care.expense_cents:
        raise Undecided(Doubt.OVERPAID)
    if share.gross_in_pathway_cents > share.gross_cents:
        trace.reduce(Reduction.OUT_OF_PATHWAY)
    covered = care.overrun_covered and (terms.overruns_out_of_pathway or not share.out_of_pathway)
    excluded = not covered and 0 < share.base_cents < care.expense_cents
    price = share.base_cents if excluded else care.expense_cents
    room = max(0, price - share.gross_in_pathway_cents - care.other_payers_cents)
    trace.step(
        "complementary.room",
        source="Loi n° 89-1009 art. 9 ; CSS art. L871-1",
        amount_cents=room,
        sentence=f"Le contrat peut rembourser au plus {in_euros(room)}.",
        price_cents=price,
        statutory_in_pathway_cents=share.gross_in_pathway_cents,
        other_payers_cents=care.other_payers_cents,
        overrun_excluded=excluded,
    )
    return _Room(room, excluded)


class _Promised(NamedTuple):
    """The guarantee within the legal caps; ``apart_cents`` is what no counter bounds nor counts."""

    counted_cents: Cents
    apart_cents: Cents = 0


_NOTHING_PROMISED = _Promised(0)


def _promised(care: Care, act: Act | None, terms: Terms, share: StatutoryShare, trace: Trace) -> _Promised:
    if share.components:
        glasses = components.amount_of_glasses(share.components, care=care, terms=terms, trace=trace)
        return _Promised(round_half_up(glasses.counted), round_half_up(glasses.apart))
    basis = Basis(
        tariff_cents=share.tariff_cents,
        base_cents=share.base_cents,
        statutory_cents=share.gross_in_pathway_cents,
        expense_cents=care.expense_cents,
        price_limit_cents=price_limit_cents(care, act, trace),
        quantity=care.quantity,
        category=components.category_of(care, trace),
    )
    guarantee = caps.for_this_doctor(terms.guarantee, care)
    worth = written(guarantee, basis, trace)
    explain(guarantee, worth, source=terms.source, trace=trace)
    amount = worth.amount
    if guarantee.plus:
        extra = added(guarantee, basis, trace)
        explain_added(guarantee, extra, base=amount, source=terms.source, trace=trace)
        amount += extra
    if terms.responsible:
        amount = caps.capped(amount, guarantee=terms.guarantee, care=care, act=act, basis=basis, trace=trace)
    return _Promised(round_half_up(amount))


def _explain_refusal(refusal: Refusal, trace: Trace) -> None:
    trace.step(f"refusal.{refusal}", source=refusal.source, amount_cents=0, sentence=refusal.sentence)


def _within_room(due: Cents, room: _Room, care: Care, trace: Trace) -> Cents:
    paid = min(due, room.cents)
    if due > room.cents:
        if care.other_payers_cents:
            trace.reduce(Reduction.OTHER_PAYERS)
        if room.overrun_excluded:
            trace.reduce(Reduction.OVERRUN)
        if not care.other_payers_cents and not room.overrun_excluded:
            trace.reduce(Reduction.EXPENSE)
    trace.step(
        "complementary.paid",
        source=Reduction.EXPENSE.source,
        amount_cents=paid,
        sentence=f"Le contrat rembourse {in_euros(paid)}.",
        due_cents=due,
        room_cents=room.cents,
    )
    return paid


def _left_to_pay(care: Care, statutory_paid: Cents, complementary_paid: Cents, trace: Trace) -> Cents:
    left = care.expense_cents - statutory_paid - complementary_paid - care.other_payers_cents
    trace.step(
        "settlement.left_to_pay",
        source="Dépense moins les remboursements",
        amount_cents=left,
        sentence=f"Il reste {in_euros(left)} à votre charge.",
        expense_cents=care.expense_cents,
        statutory_paid_cents=statutory_paid,
        complementary_cents=complementary_paid,
        other_payers_cents=care.other_payers_cents,
    )
    return left


def _undecided(care: Care, terms: Terms, doubt: Doubt, detail: str, trace: Trace) -> Settlement:
    trace.doubt(doubt)
    others = min(care.other_payers_cents, care.expense_cents)
    trace.step(
        f"doubt.{doubt}",
        source="Examen par un gestionnaire",
        amount_cents=0,
        sentence=doubt.sentence,
        act=care.act,
        care_on=care.on,
        missing=detail or care.act,
    )
    return Settlement(
        expense_cents=care.expense_cents,
        statutory_gross_cents=0,
        statutory_paid_cents=0,
        withheld=NOTHING_WITHHELD,
        complementary_cents=0,
        other_payers_cents=others,
        left_to_pay_cents=care.expense_cents - others,
        refusal=None,
        reductions=(),
        doubts=tuple(trace.doubts),
        consumption=NOTHING_USED,
        origins=(),
        steps=tuple(trace.steps),
        parameter_versions=trace.versions,
        clause_id=terms.clause_id,
    )


def _read_step(record: Record) -> Step:
    return Step(
        rule=record.text("rule"),
        source=record.text("source"),
        inputs=tuple((entry.text("name"), entry.text("value")) for entry in record.records("inputs")),
        amount_cents=record.whole("amount_cents", least=-(10**13), most=10**13),
        sentence=record.text("sentence", longest=1000),
    )
