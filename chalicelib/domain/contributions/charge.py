"""What one person costs for one month, line by line, and why.

Order of operations, each amount in cents:

1. the price of a whole month for each situation of the month, rounded half up (or the tranches of the pay by their
   rates, each rounded half up: pay is that of the days present, so no proration follows);
2. the contract's proration; the total of the month is rounded half up once, then shared among its situations by the
   largest remainder: cutting a month in two never changes what it costs;
3. within a line, the employee's part and the dependants', by the largest remainder;
4. the employer's share, rounded half up; the employee bears the rest;
5. the taxes, within the amount.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from chalicelib.domain.adjudication.explanation import in_percent
from chalicelib.domain.contributions.apportionment import apportion
from chalicelib.domain.contributions.insured import Insured, Situation, month_of, situations_in
from chalicelib.domain.contributions.line import Line
from chalicelib.domain.contributions.proration import Convention, days_due, days_of_month
from chalicelib.domain.contributions.structure import MonthPrice, month_price
from chalicelib.domain.contributions.tariff import Population, Structure, Tariff, tariff_on
from chalicelib.domain.contributions.taxes import taxed
from chalicelib.domain.contributions.tranches import MonthOfPay, bases_of_month
from chalicelib.domain.contributions.wording import month_name, of_month
from chalicelib.domain.errors import Refused
from chalicelib.domain.money import Cents, in_euros, percent_of, round_half_up
from chalicelib.domain.periods import add_months, last_day_of_month
from chalicelib.domain.working import Working


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """The days of a month that cost the same: the situation, its price for a whole month, and what it counts for."""

    tariff: Tariff
    situation: Situation
    price: MonthPrice
    counted: int
    working: Working


def lines_of(insured: Insured, *, month: date, tariffs: Iterable[Tariff]) -> tuple[Line, ...]:
    """What is due for one person and one month; a person kept covered for free has a line of nothing that says so.

    Decision: where whole months are due, the situation of the first day covered makes the price; a birth or a wedding
    within the month counts from the next one.

    Errors: ``NoParameterFor`` when the PMSS or a tax of the month is not known; ``Refused`` (``no_tariff``,
    ``no_price``, ``pay_not_declared``).
    Source: contract clauses; CSS L911-7, L911-8, L862-4; dossier 4.2 to 4.5.
    """
    offered = tuple(tariffs)
    situations = situations_in(insured, month)
    paying = [one for one in situations if one.population is not Population.PORTABILITY]
    lines: list[Line] = []
    if paying:
        lines += _family_lines(insured, month, offered, paying)
        lines += _tranche_lines(insured, month, offered, paying[0])
    if len(paying) < len(situations):
        lines.append(_free_line(insured, month, situations))
    return tuple(lines)


def _family_lines(
    insured: Insured, month: date, tariffs: Sequence[Tariff], paying: Sequence[Situation]
) -> Iterable[Line]:
    proration = tariff_on(tariffs, month, college=paying[0].college).proration
    whole_month = proration.convention is Convention.FULL_MONTH
    if whole_month and not proration.leaving_month_due and paying[-1].days.end != month_of(month).end:
        return
    whole = 1 if whole_month else days_of_month(proration.convention, month)
    kept = paying[:1] if whole_month else paying
    parts = _merged(
        _priced(tariffs, one, month, counted=1 if whole_month else days_due(proration.convention, one.days))
        for one in kept
        if tariff_on(tariffs, month, college=one.college).structure is not Structure.NONE
    )
    due = [part.price.total_cents * part.counted for part in parts]
    amounts = apportion(round_half_up(Decimal(sum(due)) / whole), due)
    seen = set()
    for part, amount in zip(parts, amounts, strict=True):
        line = _family_line(insured, month, part, amount, whole)
        yield replace(line, heads=0) if line.key in seen else line
        seen.add(line.key)


def _priced(tariffs: Sequence[Tariff], situation: Situation, month: date, *, counted: int) -> _Part:
    working = Working()
    tariff = tariff_on(tariffs, month, college=situation.college)
    price = month_price(tariff, situation, month=month, working=working)
    return _Part(tariff=tariff, situation=situation, price=price, counted=counted, working=working)


def _merged(parts: Iterable[_Part]) -> list[_Part]:
    """One part for all the days that cost the same under the same heading."""
    merged: dict[tuple[str, Population, MonthPrice], _Part] = {}
    for part in parts:
        key = part.situation.college, part.situation.population, part.price
        counted = part.counted + (merged[key].counted if key in merged else 0)
        merged[key] = replace(part, counted=counted)
    return list(merged.values())


def _family_line(insured: Insured, month: date, part: _Part, amount: Cents, whole: int) -> Line:
    working, price = part.working, part.price
    if part.counted != whole:
        convention = part.tariff.proration
        working.step(
            "contribution.proration",
            source="Contrat, entrées et sorties",
            amount_cents=amount,
            sentence=f"{part.counted}/{whole} {of_month(month)}, soit {in_euros(amount)}. {convention.sentence}",
            price_cents=price.total_cents,
            counted=part.counted,
            whole=whole,
            convention=convention.convention,
        )
    own, added = apportion(amount, (price.employee_cents, price.dependants_cents))
    population = part.situation.population.label
    return _line(
        insured,
        month,
        part.tariff,
        working,
        college=part.situation.college,
        label=f"{price.label} ({population})" if population else price.label,
        employee_part=own,
        dependants_part=added,
        rate=price.rate,
    )


def _tranche_lines(insured: Insured, month: date, tariffs: Sequence[Tariff], situation: Situation) -> Iterable[Line]:
    tariff = tariff_on(tariffs, month, college=situation.college)
    if not tariff.tranches:
        return
    ceilings = Working()
    bounds = [tranche.up_to_pmss for tranche in tariff.tranches]
    year = tuple(_year_of_pay(insured, month, ceilings))
    bases = bases_of_month(year, month, up_to_pmss=bounds)
    for rank, (tranche, base) in enumerate(zip(tariff.tranches, bases, strict=True), start=1):
        if rank > 1 and not base:
            continue
        working = Working()
        working.versions.extend(ceilings.versions)
        amount = round_half_up(percent_of(base, tranche.percent))
        working.step(
            "contribution.tranche",
            source="Contrat, cotisations\u00a0; CSS art. R242-2 (régularisation progressive)",
            amount_cents=amount,
            sentence=f"Tranche {rank}, plafonds cumulés depuis le début de l’année\u00a0:"
            f" {in_percent(tranche.percent)} de {in_euros(base)}, soit {in_euros(amount)}.",
            base_cents=base,
            percent=tranche.percent,
            up_to_pmss=tranche.up_to_pmss,
            pay_cents=sum(one.pay_cents for one in year),
            ceiling_cents=sum(one.ceiling_cents for one in year),
        )
        yield _line(
            insured,
            month,
            tariff,
            working,
            college=situation.college,
            label=f"Tranche {rank}",
            employee_part=amount,
            dependants_part=0,
            base_cents=base,
            rate=in_percent(tranche.percent),
        )


def _year_of_pay(insured: Insured, month: date, working: Working) -> Iterable[MonthOfPay]:
    """The months of the civil year so far in which the person was there to pay, with their ceilings."""
    for rank in range(month.month):
        one = add_months(date(month.year, 1, 1), rank)
        present = [part.days for part in situations_in(insured, one) if part.population is not Population.PORTABILITY]
        if not present:
            continue
        pay = insured.pay_of(one)
        if pay is None:
            sentence = f"Le salaire {of_month(one)} n’a pas été déclaré\u00a0: la cotisation ne peut pas être appelée."
            raise Refused("pay_not_declared", sentence, member_id=insured.member_id, month=one.isoformat())
        days = sum(days_due(Convention.REAL_DAYS, period) for period in present)
        pmss = working.law("pmss", on=one).cents
        ceiling = round_half_up(Decimal(pmss * days) / last_day_of_month(one).day)
        yield MonthOfPay(month=one, pay_cents=pay, ceiling_cents=ceiling)


def _line(
    insured: Insured,
    month: date,
    tariff: Tariff,
    working: Working,
    *,
    college: str,
    label: str,
    employee_part: Cents,
    dependants_part: Cents,
    base_cents: Cents | None = None,
    rate: str = "",
) -> Line:
    amount = employee_part + dependants_part
    employer = employer_share(tariff, employee_part=employee_part, dependants_part=dependants_part)
    optional = tariff.dependants_employer_percent
    working.step(
        "contribution.share",
        source="CSS art. L911-7 III\u00a0; contrat, répartition",
        amount_cents=employer,
        sentence=f"{in_euros(employer)} à la charge de l’employeur, {in_euros(amount - employer)} à celle du salarié.",
        employee_part_cents=employee_part,
        dependants_part_cents=dependants_part,
        employer_percent=tariff.employer_percent,
        dependants_employer_percent="" if optional is None else optional,
    )
    taxes = taxed(amount, tariff.taxes, on=month, working=working)
    return Line(
        month=month,
        member_id=insured.member_id,
        name=insured.name,
        college=college,
        label=label,
        base_cents=base_cents,
        rate=rate,
        taxes=taxes,
        employer_cents=employer,
        employee_cents=amount - employer,
        steps=tuple(working.steps),
        law=tuple(working.versions),
    )


def employer_share(tariff: Tariff, *, employee_part: Cents, dependants_part: Cents) -> Cents:
    """What the employer bears of an amount, rounded half up; the employee bears the rest.

    Where dependants are optional, each of the two parts has its own percentage and its own rounding.

    Units: cents.
    Source: CSS L911-7 III; contract clause; dossier 4.2.

    >>> from chalicelib.domain.contributions.taxes import TaxKind, TaxPart
    >>> tariff = Tariff(valid_from=date(2025, 1, 1), structure=Structure.UNIQUE, employer_percent=Decimal(60),
    ...                 taxes=(TaxPart(kind=TaxKind.EXEMPT),))
    >>> employer_share(tariff, employee_part=8183, dependants_part=0)
    4910
    """
    if tariff.dependants_employer_percent is None:
        return round_half_up(percent_of(employee_part + dependants_part, tariff.employer_percent))
    return round_half_up(percent_of(employee_part, tariff.employer_percent)) + round_half_up(
        percent_of(dependants_part, tariff.dependants_employer_percent)
    )


def _free_line(insured: Insured, month: date, situations: Sequence[Situation]) -> Line:
    kept = next(one for one in situations if one.population is Population.PORTABILITY)
    working = Working()
    working.step(
        "contribution.portability",
        source="CSS art. L911-8",
        amount_cents=0,
        sentence=f"Maintien gratuit au titre de la portabilité en {month_name(month)}\u00a0: aucune cotisation.",
        start=kept.days.start,
    )
    return Line(
        month=month,
        member_id=insured.member_id,
        name=insured.name,
        college=kept.college,
        label="Portabilité",
        taxes=(),
        employer_cents=0,
        employee_cents=0,
        steps=tuple(working.steps),
    )
