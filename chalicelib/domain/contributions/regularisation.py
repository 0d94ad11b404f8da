"""What past months turn out to cost more or less, once somebody's entry, exit, family or pay is known better."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from chalicelib.domain.adjudication.explanation import Step
from chalicelib.domain.contributions.line import Line, LineKind
from chalicelib.domain.contributions.taxes import Taxed, TaxKind
from chalicelib.domain.contributions.wording import month_name
from chalicelib.domain.money import Cents, in_euros


def regularisations(called: Iterable[Line], *, due: Iterable[Line]) -> tuple[Line, ...]:
    """The lines that bring what was called for some months to what is due for them; none where they agree.

    Each heading of a person's month is corrected by the difference, part by part (before tax, tax, employer,
    employee), so that the corrections of corrections add up too. Nothing called is ever rewritten.

    Units: cents.
    Source: contract clause; dossier 4.5 (a past month is corrected at the price of that month).

    >>> from datetime import date
    >>> one = Line(month=date(2025, 1, 1), member_id="m", name="N", college="", label="Isolé",
    ...            taxes=(Taxed(kind=TaxKind.EXEMPT, ht_cents=5888, tax_cents=0),), employer_cents=2944,
    ...            employee_cents=2944)
    >>> regularisations([one], due=[one]), [line.ttc_cents for line in regularisations([one], due=[])]
    ((), [-5888])
    """
    before: dict[object, list[Line]] = {}
    after: dict[object, list[Line]] = {}
    for lines, found in ((called, before), (due, after)):
        for line in lines:
            found.setdefault(line.key, []).append(line)
    keys = dict.fromkeys([*before, *after])
    corrected = [_difference(before.get(key, []), after.get(key, [])) for key in keys]
    return tuple(
        sorted(
            (line for line in corrected if _says_something(line)),
            key=lambda line: (line.month, line.name, line.member_id, line.college, line.label),
        )
    )


def _says_something(line: Line) -> bool:
    amounts = (line.employer_cents, line.employee_cents, line.base_cents or 0)
    return any(amounts) or any(one.ht_cents or one.tax_cents for one in line.taxes)


def _difference(before: Sequence[Line], after: Sequence[Line]) -> Line:
    model = (after or before)[-1]
    was, now = _total(before), _total(after)
    bases = [line.base_cents for line in (*before, *after)]
    base = sum(line.base_cents or 0 for line in after) - sum(line.base_cents or 0 for line in before)
    return replace(
        model,
        kind=LineKind.REGULARISATION,
        heads=sum(line.heads for line in after) - sum(line.heads for line in before),
        base_cents=base if any(one is not None for one in bases) else None,
        taxes=tuple(_taxes(before, after)),
        employer_cents=sum(line.employer_cents for line in after) - sum(line.employer_cents for line in before),
        employee_cents=sum(line.employee_cents for line in after) - sum(line.employee_cents for line in before),
        steps=(*(step for line in after for step in line.steps), _step(model, was, now)),
    )


def _total(lines: Iterable[Line]) -> Cents:
    return sum(line.ttc_cents for line in lines)


def _taxes(before: Sequence[Line], after: Sequence[Line]) -> Iterable[Taxed]:
    kinds = dict.fromkeys(one.kind for line in (*after, *before) for one in line.taxes)
    for kind in kinds:
        ht_now, tax_now = _of_kind(after, kind)
        ht_was, tax_was = _of_kind(before, kind)
        if ht_now != ht_was or tax_now != tax_was:
            yield Taxed(kind=kind, ht_cents=ht_now - ht_was, tax_cents=tax_now - tax_was)


def _of_kind(lines: Sequence[Line], kind: TaxKind) -> tuple[Cents, Cents]:
    found = [one for line in lines for one in line.taxes if one.kind is kind]
    return sum(one.ht_cents for one in found), sum(one.tax_cents for one in found)


def _step(line: Line, was: Cents, now: Cents) -> Step:
    manner = "à ajouter" if now >= was else "à déduire"
    return Step(
        "contribution.regularisation",
        "Contrat, régularisations",
        (("due_cents", f"{now}"), ("called_cents", f"{was}")),
        now - was,
        f"{line.label}, {month_name(line.month)}\u00a0: {in_euros(now)} dus, {in_euros(was)} déjà appelés,"
        f" soit {in_euros(abs(now - was))} {manner}.",
    )
