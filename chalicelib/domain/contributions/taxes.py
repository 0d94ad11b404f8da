"""The taxes within a premium: prices are quoted with taxes, statements show them apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from chalicelib.domain.adjudication.explanation import in_percent
from chalicelib.domain.contributions.apportionment import apportion
from chalicelib.domain.law import parameter
from chalicelib.domain.money import Cents, in_euros, percent_of, round_half_up
from chalicelib.domain.working import Working


class TaxKind(StrEnum):
    """What a part of a premium insures, as far as its tax is concerned (dossier 4.4)."""

    HEALTH_RESPONSIBLE = "sante_responsable"
    HEALTH_OTHER = "sante_non_responsable"
    FIRST_EURO = "premier_euro"
    AGRICULTURAL = "sante_agricole"
    DAILY_ALLOWANCE = "indemnites_journalieres"
    DAILY_ALLOWANCE_OTHER = "indemnites_journalieres_non_solidaire"
    EXEMPT = "exonere"

    @property
    def label(self) -> str:
        """The tax as a statement names it.

        >>> TaxKind.EXEMPT.label
        'Exonéré de taxe'
        """
        return _KINDS[self][0]

    @property
    def source(self) -> str:
        """The article it comes from."""
        return _KINDS[self][1]


_KINDS = {
    TaxKind.HEALTH_RESPONSIBLE: (
        "TSA, santé responsable et solidaire",
        "CSS art. L862-4 II",
        "tsa.health.responsible",
    ),
    TaxKind.HEALTH_OTHER: ("TSA, santé non responsable", "CSS art. L862-4 II", "tsa.health.other"),
    TaxKind.FIRST_EURO: ("TSA, contrat au premier euro", "CSS art. L862-4 II bis 3°", "tsa.first_euro"),
    TaxKind.AGRICULTURAL: ("TSA, santé responsable agricole", "CSS art. L862-4 II", "tsa.agricultural"),
    TaxKind.DAILY_ALLOWANCE: (
        "TSA, indemnités journalières, contrat solidaire",
        "CSS art. L862-4 II bis 4°",
        "tsa.daily_allowance.solidary",
    ),
    TaxKind.DAILY_ALLOWANCE_OTHER: (
        "TSA, indemnités journalières, contrat non solidaire",
        "CSS art. L862-4 II bis 4°",
        "tsa.daily_allowance.other",
    ),
    TaxKind.EXEMPT: ("Exonéré de taxe", "CGI art. 995, décès et invalidité", ""),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxPart:
    """The share of a premium that bears one tax; the shares of a tariff make a hundred."""

    kind: TaxKind
    share_percent: Decimal = Decimal(100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taxed:
    """A part of a premium before tax, and its tax. Units: cents."""

    kind: TaxKind
    ht_cents: Cents
    tax_cents: Cents

    @property
    def ttc_cents(self) -> Cents:
        """With tax."""
        return self.ht_cents + self.tax_cents


def tax_percent(kind: TaxKind, *, on: date, working: Working | None = None) -> Decimal:
    """The rate of a tax on a day; nothing where the law exempts.

    Errors: ``NoParameterFor``.
    Source: CSS L862-4; dossier 4.4.

    >>> tax_percent(TaxKind.HEALTH_RESPONSIBLE, on=date(2026, 1, 1)), tax_percent(TaxKind.EXEMPT, on=date(2026, 1, 1))
    (Decimal('13.27'), Decimal('0'))
    """
    if kind is TaxKind.EXEMPT:
        return Decimal(0)
    key = _KINDS[kind][2]
    return (working.law(key, on=on) if working else parameter(key, on=on)).value


def taxed(ttc_cents: Cents, parts: Sequence[TaxPart], *, on: date, working: Working) -> tuple[Taxed, ...]:
    """A premium with taxes, shared by what it insures, each part into what is before tax and its tax.

    The amount before tax is rounded half up once; the tax is the rest, so that both make the premium. The rate is that
    of the month of cover, also when it is billed or regularised later.

    Units: cents. Errors: ``NoParameterFor``.
    Source: CSS L862-4; dossier 4.4 (a price is quoted with taxes).

    >>> [one] = taxed(10000, [TaxPart(kind=TaxKind.HEALTH_RESPONSIBLE)], on=date(2025, 3, 1), working=Working())
    >>> one.ht_cents, one.tax_cents
    (8828, 1172)
    """
    amounts = apportion(ttc_cents, [part.share_percent for part in parts])
    found = []
    for part, amount in zip(parts, amounts, strict=True):
        percent = tax_percent(part.kind, on=on, working=working)
        ht = round_half_up(amount * 100 / (100 + percent))
        found.append(Taxed(kind=part.kind, ht_cents=ht, tax_cents=amount - ht))
        working.step(
            "contribution.tax",
            source=part.kind.source,
            amount_cents=amount - ht,
            sentence=_sentence(part.kind, ht, amount - ht, percent),
            ttc_cents=amount,
            percent=percent,
            share_percent=part.share_percent,
        )
    return tuple(found)


def _sentence(kind: TaxKind, ht: Cents, tax: Cents, percent: Decimal) -> str:
    if kind is TaxKind.EXEMPT:
        return f"{kind.label}\u00a0: {in_euros(ht)}."
    return f"{kind.label}\u00a0: {in_euros(ht)} hors taxe et {in_euros(tax)} de taxe ({in_percent(percent)})."


@dataclass(frozen=True, slots=True, kw_only=True)
class Levies:
    """What the insurer owes on a health premium by itself, never called from the company. Units: cents."""

    regular_doctor_cents: Cents
    exceptional_cents: Cents


def insurer_levies(ht_cents: Cents, *, on: date) -> Levies:
    """The two levies on a health premium before tax, for a month of cover; each rounded half up.

    The exceptional one exists for 2026 only and may not be passed on to those who pay the premiums.

    Units: cents. Errors: ``NoParameterFor``.
    Source: CSS L862-4-1; LFSS 2026 art. 13; dossier 4.4.

    >>> insurer_levies(10000, on=date(2026, 12, 1)).exceptional_cents, insurer_levies(
    ...     10000, on=date(2027, 1, 1)).exceptional_cents
    (205, 0)
    """
    regular, exceptional = (
        round_half_up(percent_of(ht_cents, parameter(f"contribution.levy.{name}", on=on).value))
        for name in ("regular_doctor", "exceptional")
    )
    return Levies(regular_doctor_cents=regular, exceptional_cents=exceptional)
