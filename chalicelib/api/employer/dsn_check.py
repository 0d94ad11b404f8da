"""Where the DSN of a month stands: awaited, received, agreeing with what was called or not (H45, H117)."""

from datetime import datetime

from chalicelib.api.employer.salaries import month_in
from chalicelib.api.routing import ApiBlueprint
from chalicelib.api.schemas import View
from chalicelib.api.session import Access, Caller
from chalicelib.domain.contributions.reconciliation import DsnState, Gap
from chalicelib.domain.journal import DataGroup
from chalicelib.services import dsn_reconciliation
from chalicelib.services.dsn_reconciliation import Difference, DsnMonth

blueprint = ApiBlueprint(__name__, tag="Espace RH")


class DifferenceView(View):
    """A difference on one person: what was called, what is declared, and what to look at."""

    member_id: str
    name: str
    gap: Gap
    detail: str
    called_cents: int
    declared_cents: int

    @classmethod
    def of(cls, one: Difference) -> "DifferenceView":
        """The view of a difference."""
        found = one.discrepancy
        return cls(
            member_id=found.member_id,
            name=one.name,
            gap=found.gap,
            detail=found.gap.sentence,
            called_cents=found.called_cents,
            declared_cents=found.declared_cents,
        )


class DsnMonthView(View):
    """One month of one contract; the amounts are null while nothing was called, or declared."""

    contract_id: str
    contract_number: str
    month: str
    state: DsnState
    label: str
    received_at: datetime | None
    called_cents: int | None
    declared_cents: int | None
    differences: list[DifferenceView]

    @classmethod
    def of(cls, one: DsnMonth) -> "DsnMonthView":
        """The view of a month."""
        return cls(
            contract_id=one.contract.contract_id,
            contract_number=one.contract.number,
            month=f"{one.month:%Y-%m}",
            state=one.state,
            label=one.state.label,
            received_at=one.received_at,
            called_cents=one.called_cents,
            declared_cents=one.declared_cents,
            differences=[DifferenceView.of(each) for each in one.differences],
        )


@blueprint.endpoint(
    "GET",
    "/employer/companies/{company_id}/contracts/{contract_id}/dsn-months/{month}",
    access=Access.COMPANY_READER,
    summary="DSN d’un mois et cotisations appelées",
    response=DsnMonthView,
    items=("H45", "H117"),
    journal=(DataGroup.PAY,),
)
def read_dsn_month(caller: Caller, company_id: str, contract_id: str, month: str) -> DsnMonthView:
    """A month is written 2026-03. What was recorded of its DSN is compared with what was called for it."""
    return DsnMonthView.of(dsn_reconciliation.read(company_id, contract_id, month_in(month)))
