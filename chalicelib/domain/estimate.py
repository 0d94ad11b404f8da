"""Estimates: what would be paid for care to come, on which assumptions, and what would change it (a devis).

An estimate runs the very code of a settlement with another purpose: it consumes nothing, and equals the settlement to
the cent when the care happens as assumed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from chalicelib.domain import acts
from chalicelib.domain.acts import Act
from chalicelib.domain.adjudication import renewal
from chalicelib.domain.adjudication.care import Care
from chalicelib.domain.adjudication.claim import ClaimSettlement, Purpose, settle_claim
from chalicelib.domain.adjudication.explanation import Refusal, Trace
from chalicelib.domain.adjudication.history import History, PastAct, last_purchase_on
from chalicelib.domain.adjudication.limits import Used
from chalicelib.domain.adjudication.settlement import Settlement
from chalicelib.domain.adjudication.statutory import Origin
from chalicelib.domain.adjudication.tariff import price_limit_cents
from chalicelib.domain.errors import NoParameterFor
from chalicelib.domain.guarantee import CounterKey, GuaranteeTable
from chalicelib.domain.money import Cents


class Assumption(StrEnum):
    """What an estimate takes for granted."""

    CARE_ON_DAY = "care_on_day"
    COUNTERS_AS_NOW = "counters_as_now"
    STATUTORY_COMPUTED = "statutory_computed"
    IN_PATHWAY = "in_pathway"
    OPTAM_UNKNOWN = "optam_unknown"
    ADULT = "adult"
    NO_OTHER_PAYER = "no_other_payer"

    @property
    def sentence(self) -> str:
        """The assumption, for the member.

        >>> Assumption.IN_PATHWAY.sentence
        'Vous respectez le parcours de soins coordonnés.'
        """
        return _ASSUMPTIONS[self]


_ASSUMPTIONS: Mapping[Assumption, str] = {
    Assumption.CARE_ON_DAY: "Les soins ont lieu à la date indiquée, aux prix indiqués.",
    Assumption.COUNTERS_AS_NOW: "Aucun autre soin n’est remboursé d’ici là sur les mêmes plafonds.",
    Assumption.STATUTORY_COMPUTED: "La Sécurité sociale rembourse ce que prévoient ses tarifs connus à ce jour.",
    Assumption.IN_PATHWAY: "Vous respectez le parcours de soins coordonnés.",
    Assumption.OPTAM_UNKNOWN: "Le médecin a signé l’OPTAM ou pratique les tarifs de la Sécurité sociale.",
    Assumption.ADULT: "L’âge du bénéficiaire n’étant pas connu, les règles des adultes s’appliquent.",
    Assumption.NO_OTHER_PAYER: "Aucune autre complémentaire ne participe.",
}


class Lever(StrEnum):
    """What would change an estimate."""

    FULL_BASKET = "full_basket"
    RENEWAL_DATE = "renewal_date"
    PATHWAY = "pathway"
    OPTAM = "optam"

    @property
    def sentence(self) -> str:
        """The advice, for the member.

        >>> Lever.PATHWAY.sentence
        'Consultez sur orientation de votre médecin traitant.'
        """
        return _LEVERS[self]


_LEVERS: Mapping[Lever, str] = {
    Lever.FULL_BASKET: "Choisissez l’équipement 100\u00a0% Santé\u00a0: il est entièrement pris en charge.",
    Lever.RENEWAL_DATE: "Attendez la fin du délai de renouvellement.",
    Lever.PATHWAY: "Consultez sur orientation de votre médecin traitant.",
    Lever.OPTAM: "Choisissez un médecin qui a signé l’OPTAM.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that would change a line, and what the line would then be. Units: cents.

    The amounts are ``None`` where they cannot be known yet, such as a price that nobody has quoted.
    """

    lever: Lever
    line: int
    act: str
    from_day: date
    expense_cents: Cents | None = None
    complementary_cents: Cents | None = None
    left_to_pay_cents: Cents | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What would be paid, on which assumptions, and what would change it."""

    settlement: ClaimSettlement
    assumptions: tuple[Assumption, ...]
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Devis:
    lines: Sequence[Care]
    table: GuaranteeTable
    contract_start: date
    covered_from: date | None
    counters: Mapping[CounterKey, Used]
    history: Sequence[PastAct]

    def settled(self) -> ClaimSettlement:
        return settle_claim(
            self.lines,
            table=self.table,
            contract_start=self.contract_start,
            covered_from=self.covered_from,
            counters=self.counters,
            history=self.history,
            purpose=Purpose.ESTIMATE,
        )

    def with_line(self, index: int, line: Care) -> Settlement:
        lines = [*self.lines[:index], line, *self.lines[index + 1 :]]
        return replace(self, lines=lines).settled().lines[index]


def estimate(
    lines: Sequence[Care],
    *,
    table: GuaranteeTable,
    contract_start: date,
    covered_from: date | None = None,
    counters: Mapping[CounterKey, Used],
    history: Sequence[PastAct] = (),
) -> Estimate:
    """What would be paid for care to come; the arguments are those of ``settle_claim``.

    Units: cents. Source: dossier 3.2 (formula for estimates); the assumptions are part of the answer (M43, M61, M64).
    """
    devis = _Devis(
        lines=lines,
        table=table,
        contract_start=contract_start,
        covered_from=covered_from,
        counters=counters,
        history=History.of(history),
    )
    settlement = devis.settled()
    changes = [
        change
        for index, result in enumerate(settlement.lines)
        for change in _changes(devis, index, result)
        if change.left_to_pay_cents is None or change.left_to_pay_cents < result.left_to_pay_cents
    ]
    return Estimate(
        settlement=settlement,
        assumptions=tuple(one for one in Assumption if _assumed(one, lines, settlement)),
        changes=tuple(changes),
    )


def _assumed(assumption: Assumption, lines: Sequence[Care], settlement: ClaimSettlement) -> bool:
    match assumption:
        case Assumption.CARE_ON_DAY | Assumption.COUNTERS_AS_NOW:
            return True
        case Assumption.STATUTORY_COMPUTED:
            return any(Origin.COMPUTED in dict(line.origins).values() for line in settlement.lines)
        case Assumption.IN_PATHWAY:
            return any(care.in_pathway and _is_doctors(care) for care in lines)
        case Assumption.OPTAM_UNKNOWN:
            return any(care.optam is None and _is_doctors(care) for care in lines)
        case Assumption.ADULT:
            return any(care.beneficiary.age is None for care in lines)
        case Assumption.NO_OTHER_PAYER:
            return all(care.other_payers_cents == 0 for care in lines)


def _is_doctors(care: Care) -> bool:
    act = acts.find(care.act)
    return act is not None and act.doctor and act.covered


def _changes(devis: _Devis, index: int, result: Settlement) -> Iterator[Change]:
    care = devis.lines[index]
    act = acts.find(care.act)
    if act is None:
        return
    if not care.in_pathway and act.doctor:
        yield _change(devis, index, Lever.PATHWAY, replace(care, in_pathway=True))
    if care.optam is False and act.doctor:
        yield _change(devis, index, Lever.OPTAM, replace(care, optam=True))
    if result.refusal is Refusal.RENEWAL_TOO_SOON:
        yield from _after_renewal(devis, index, act)
    if act.alternative and devis.table.clause_for(act.alternative):
        yield _in_full_basket(devis, index, act.alternative)


def _change(devis: _Devis, index: int, lever: Lever, line: Care) -> Change:
    result = devis.with_line(index, line)
    if not result.decided:
        return Change(lever=lever, line=index, act=line.act, from_day=line.on)
    return Change(
        lever=lever,
        line=index,
        act=line.act,
        from_day=line.on,
        expense_cents=line.expense_cents,
        complementary_cents=result.complementary_cents,
        left_to_pay_cents=result.left_to_pay_cents,
    )


def _after_renewal(devis: _Devis, index: int, act: Act) -> Iterator[Change]:
    care = devis.lines[index]
    line = replace(care, last_purchase_on=last_purchase_on(care, act, devis.history))
    allowed_on = renewal.next_allowed_on(line, act, Trace(care.on))
    if allowed_on:
        yield _change(devis, index, Lever.RENEWAL_DATE, replace(care, on=allowed_on))


def _in_full_basket(devis: _Devis, index: int, alternative: str) -> Change:
    """The 100 % Santé act at its price limit: the most that it may cost. Glasses have no limit before a quote."""
    care, act = devis.lines[index], acts.find(alternative)
    line = Care(
        on=care.on,
        act=alternative,
        family=care.family,
        expense_cents=0,
        quantity=care.quantity,
        beneficiary=care.beneficiary,
        location=care.location,
        territory=care.territory,
        last_purchase_on=care.last_purchase_on,
        derogation=care.derogation,
        renewal_waived=care.renewal_waived,
    )
    try:
        limit = price_limit_cents(line, act, Trace(care.on))
    except NoParameterFor:
        limit = None
    if limit is None:
        return Change(lever=Lever.FULL_BASKET, line=index, act=alternative, from_day=care.on)
    return _change(devis, index, Lever.FULL_BASKET, replace(line, expense_cents=limit))
