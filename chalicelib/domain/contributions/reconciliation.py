"""What the payroll declaration (DSN) says of a period against what was called: the differences, person by person."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from chalicelib.domain.contributions.line import Line
from chalicelib.domain.contributions.statement import Statement, months_in
from chalicelib.domain.money import Cents


class DsnState(StrEnum):
    """Where the declaration of a called period stands (dossier 10)."""

    AWAITED = "DSN_AWAITED"
    RECEIVED = "DSN_RECEIVED"
    RECONCILED = "RECONCILED"
    DISCREPANCY = "DISCREPANCY"

    @property
    def label(self) -> str:
        """The state as the espace RH shows it.

        >>> DsnState.DISCREPANCY.label
        'Écart avec la DSN'
        """
        return _LABELS[self]


_LABELS = {
    DsnState.AWAITED: "DSN attendue",
    DsnState.RECEIVED: "DSN reçue",
    DsnState.RECONCILED: "Rapprochée de la DSN",
    DsnState.DISCREPANCY: "Écart avec la DSN",
}


class Gap(StrEnum):
    """Why a declaration and a statement differ on a person."""

    NOT_DECLARED = "non_declare"
    NOT_CALLED = "non_appele"
    OTHER_PERIOD = "autre_periode"
    BASE = "assiette"
    RATE = "taux"

    @property
    def sentence(self) -> str:
        """What the employer should look at.

        >>> Gap.NOT_DECLARED.sentence
        'Cette personne est appelée mais ne figure pas dans la DSN.'
        """
        return _GAPS[self]


_GAPS = {
    Gap.NOT_DECLARED: "Cette personne est appelée mais ne figure pas dans la DSN.",
    Gap.NOT_CALLED: "Cette personne figure dans la DSN mais n’est pas appelée.",
    Gap.OTHER_PERIOD: "La DSN rattache cette cotisation à une autre période.",
    Gap.BASE: "L’assiette déclarée n’est pas celle qui a été appelée.",
    Gap.RATE: "Le montant déclaré n’est pas celui qui a été appelé, pour la même assiette.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What the declaration says of one person for one month. Units: cents.

    ``base_cents`` is absent where the contract is not priced on pay; an amount adds up all the person's contributions.
    """

    member_id: str
    month: date
    amount_cents: Cents
    base_cents: Cents | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Discrepancy:
    """A difference on one person and one month. Units: cents."""

    member_id: str
    month: date
    gap: Gap
    called_cents: Cents
    declared_cents: Cents

    @property
    def difference_cents(self) -> Cents:
        """What the declaration has beyond the statement."""
        return self.declared_cents - self.called_cents


def discrepancies(statement: Statement, declared: Iterable[Declared]) -> tuple[Discrepancy, ...]:
    """Where a declaration differs from a statement, in the order of months and people; none when they agree.

    The corrections of past months that a statement carries are compared with their own month. What is declared for a
    month that the statement does not bear on is of another period.

    Units: cents.
    Source: dossier 8.3 (sum of the individual contributions against the call).
    """
    called: dict[tuple[date, str], list[Line]] = {}
    for line in statement.lines:
        called.setdefault((line.month, line.member_id), []).append(line)
    stated: dict[tuple[date, str], list[Declared]] = {}
    for one in declared:
        stated.setdefault((one.month, one.member_id), []).append(one)
    months = {*months_in(statement.period), *(line.month for line in statement.lines)}
    keys = sorted({*called, *stated})
    return tuple(_compared(keys, called, stated, months))


def dsn_state(statement: Statement | None, declared: Iterable[Declared] | None) -> DsnState:
    """Where the declaration of a period stands; ``None`` says that it has not come, or that nothing was called yet.

    Source: dossier 8.3, 10.

    >>> dsn_state(None, None).label, dsn_state(None, []).label
    ('DSN attendue', 'DSN reçue')
    """
    if declared is None:
        return DsnState.AWAITED
    if statement is None:
        return DsnState.RECEIVED
    return DsnState.DISCREPANCY if discrepancies(statement, declared) else DsnState.RECONCILED


def _compared(
    keys: Iterable[tuple[date, str]],
    called: dict[tuple[date, str], list[Line]],
    stated: dict[tuple[date, str], list[Declared]],
    months: set[date],
) -> Iterator[Discrepancy]:
    for month, member_id in keys:
        lines, found = called.get((month, member_id), []), stated.get((month, member_id), [])
        was = sum(line.ttc_cents for line in lines)
        now = sum(one.amount_cents for one in found)
        if was == now and not _other_base(lines, found):
            continue
        yield Discrepancy(
            member_id=member_id,
            month=month,
            gap=Gap.OTHER_PERIOD if month not in months else _gap(lines, found),
            called_cents=was,
            declared_cents=now,
        )


def _gap(lines: list[Line], found: list[Declared]) -> Gap:
    if not found:
        return Gap.NOT_DECLARED
    if not lines:
        return Gap.NOT_CALLED
    return Gap.BASE if _other_base(lines, found) else Gap.RATE


def _other_base(lines: list[Line], found: list[Declared]) -> bool:
    bases = [one.base_cents for one in found if one.base_cents is not None]
    return bool(bases) and bool(lines) and sum(bases) != sum(line.base_cents or 0 for line in lines)
