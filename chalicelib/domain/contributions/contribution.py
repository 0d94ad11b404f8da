"""A contribution (« cotisation ») as the company and the insurer follow it: what changes about an issued statement."""

from dataclasses import dataclass, replace
from datetime import date

from chalicelib.domain.contributions.actions import Action
from chalicelib.domain.contributions.bank_days import debit_day
from chalicelib.domain.contributions.dunning import step_day
from chalicelib.domain.contributions.issued import Debit, Issued
from chalicelib.domain.contributions.state import Collection, ContributionState, Listed, listed_on, state_on
from chalicelib.domain.contributions.statement import StatementKind
from chalicelib.domain.money import Cents
from chalicelib.domain.periods import Period

MOST_ACTIONS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ContributionSummary:
    """What a list shows of a contribution (H45). Units: cents."""

    number: str
    kind: StatementKind
    company_id: str
    contract_id: str
    contract_number: str
    period: Period
    issued_on: date
    collection: Collection
    debit: Debit | None = None

    @property
    def due_on(self) -> date:
        """The day it is due."""
        return self.collection.due_on

    @property
    def called_cents(self) -> Cents:
        """What the statement called with tax, negative when it gave back."""
        return self.collection.called_cents

    def state_on(self, day: date) -> ContributionState:
        """Where it stands on a day."""
        return state_on(self.collection, day)

    def listed_on(self, day: date) -> Listed:
        """The word that files it on a day."""
        return listed_on(self.collection, day)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """The collection of one issued statement: what is owed, what was done about it, and what the company asked for.

    ``debit`` is the debit that was last announced; ``actions`` the trace of H46, oldest first. Written under a version.
    """

    number: str
    kind: StatementKind
    company_id: str
    contract_id: str
    contract_number: str
    period: Period
    issued_on: date
    collection: Collection
    debit: Debit | None = None
    actions: tuple[Action, ...] = ()
    version: int = 0

    @property
    def summary(self) -> ContributionSummary:
        """What lists show."""
        return ContributionSummary(
            number=self.number,
            kind=self.kind,
            company_id=self.company_id,
            contract_id=self.contract_id,
            contract_number=self.contract_number,
            period=self.period,
            issued_on=self.issued_on,
            collection=self.collection,
            debit=self.debit,
        )

    @property
    def owed_cents(self) -> Cents:
        """What is left to pay of it."""
        return self.collection.owed_cents

    @property
    def debit_on(self) -> date | None:
        """The day on which what is owed is to be debited; none while no debit may leave.

        Nothing is debited that is paid, contested, being corrected or already on its way, nor after a rejected debit or
        the end of the contract.
        """
        held = self.collection
        stopped = held.disputed or held.regularising or held.terminated_on or held.debit_rejected_on
        if self.debit is None or held.owed_cents <= 0 or held.debit_sent_on or stopped:
            return None
        return self.debit.debit_on

    @property
    def step_on(self) -> date | None:
        """The first day on which the next step about a debt may be taken; none while there is no such step."""
        return step_day(self.collection)

    def owing(self, owed_cents: Cents, *, since: date) -> "Contribution":
        """The same contribution once the ledger says that so much is left of it, since a day.

        One about which the company asked for something is regularised when nothing is left of it. A debt that is back
        once the day of its debit is past is debited no more, unless that is asked for: nobody was told of another day.
        """
        settled, back = owed_cents <= 0 < self.owed_cents, self.owed_cents <= 0 < owed_cents
        regularised = since if settled and self.actions else self.collection.regularised_on
        changed = replace(self, collection=replace(self.collection, owed_cents=owed_cents, regularised_on=regularised))
        missed = back and changed.debit_on is not None and changed.debit_on <= since
        return replace(changed, debit=None) if missed else changed

    def with_action(self, action: Action, collection: Collection) -> "Contribution":
        """The same contribution with one action more in its trace, and what it does to the collection."""
        return replace(self, actions=(*self.actions, action), collection=collection)

    def answered(self, *, on: date) -> "Contribution":
        """The same contribution once an agent has answered a correction or a contest: it goes on as its day says.

        A debit that was held back, and whose day is past or too near, waits for a day that leaves the notice again.

        Errors: ``NoParameterFor``.
        Source: EPC SDD Core Rulebook, pre-notification; dossier 8.4.
        """
        collection = replace(self.collection, disputed=False, regularising=False)
        if collection.owed_cents <= 0:
            collection = replace(collection, regularised_on=on)
        changed = replace(self, collection=collection)
        if changed.debit is None or changed.debit_on is None:
            return changed
        day = debit_day(collection.due_on, told_on=on)
        if changed.debit_on >= day:
            return changed
        expected = replace(collection, debit_expected_on=day)
        return replace(changed, collection=expected, debit=replace(changed.debit, debit_on=day))

    def action(self, action_id: str) -> Action | None:
        """One action of the trace."""
        return next((one for one in self.actions if one.action_id == action_id), None)


def contribution_of(issued: Issued) -> Contribution:
    """The contribution that a statement begins: all that it calls is owed until the ledger says less."""
    return Contribution(
        number=issued.number,
        kind=issued.kind,
        company_id=issued.company_id,
        contract_id=issued.contract_id,
        contract_number=issued.contract_number,
        period=issued.period,
        issued_on=issued.issued_on,
        collection=Collection(
            due_on=issued.due_on,
            called_cents=issued.called_cents,
            owed_cents=max(0, issued.called_cents),
        ),
        debit=issued.debit,
    )
