"""The pay that a company declares: each declaration is kept, the latest one says what somebody earned in a month."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from chalicelib.domain.money import Cents


class PaySource(StrEnum):
    """How a declaration reached the insurer."""

    FORM = "formulaire"
    FILE = "fichier"
    DSN = "dsn"


@dataclass(frozen=True, slots=True, kw_only=True)
class PayDeclaration:
    """What a company said, once, of the pay of a month under a contract. Units: cents, by member.

    ``month`` is its first day, ``by`` the name of whose account ``declared_by`` is. ``origin`` names what a declaration
    replaces wholly when it comes again, such as one payroll file of one establishment; a form or a sheet has none.
    ``adjusts`` tells a recall, which adds to what was declared before, from an amount that takes its place.
    """

    declaration_id: str
    company_id: str
    contract_id: str
    month: date
    declared_at: datetime
    declared_by: str
    by: str
    source: PaySource
    amounts: tuple[tuple[str, Cents], ...]
    origin: str = ""
    adjusts: bool = False

    @property
    def order(self) -> tuple[datetime, str]:
        """What puts declarations one after another, however they arrive."""
        return (self.declared_at, self.declaration_id)


def declared_pay(declarations: Iterable[PayDeclaration]) -> Mapping[str, Cents]:
    """What each member earned in a month, by all that was declared of that month under one contract.

    A later amount takes the place of an earlier one, member by member; a recall adds to the amount before it, or to
    nothing. Of several declarations with one origin only the latest counts: it replaces the others wholly, also for
    those whom it names no longer. Amounts of several origins add up, recalls among them: each establishment declares
    what it pays. The order in which declarations are given plays no part, nor does one given twice.

    Units: cents.
    Source: dossier 4.5 (a correction never overwrites: it is one more declaration), 8.3.

    >>> from datetime import UTC
    >>> def said(day, *amounts, **more):
    ...     return PayDeclaration(declaration_id=str(day), company_id="c", contract_id="p", month=date(2026, 3, 1),
    ...                           declared_at=datetime(2026, 4, day, tzinfo=UTC), declared_by="a", by="A",
    ...                           source=PaySource.FORM, amounts=amounts, **more)
    >>> declared_pay([said(9, ("zoe", 310000)), said(2, ("zoe", 300000), ("leo", 250000))])
    {'zoe': 310000, 'leo': 250000}
    """
    ordered = sorted({one.order: one for one in declarations}.values(), key=lambda one: one.order)
    last_of = {one.origin: one.order for one in ordered if one.origin}
    known: dict[str, Cents] = {}
    by_origin: dict[str, dict[str, Cents]] = defaultdict(dict)
    for one in ordered:
        if one.origin and last_of[one.origin] != one.order:
            continue
        for member_id, cents in one.amounts:
            if one.origin:
                by_origin[member_id][one.origin] = cents
            if one.adjusts:
                known[member_id] = known.get(member_id, 0) + cents
            else:
                known[member_id] = sum(by_origin[member_id].values()) if one.origin else cents
    return known
