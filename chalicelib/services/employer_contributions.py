"""What a company sees of its contributions: the list and its search, one statement, its lines, what was paid (H39–H41).

Nothing here holds any care: a line says who was insured, in which structure, and what that costs.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from chalicelib import clock
from chalicelib.domain.company import Contract
from chalicelib.domain.contributions.actions import ActionKind
from chalicelib.domain.contributions.contribution import Contribution, ContributionSummary
from chalicelib.domain.contributions.issued import Issued
from chalicelib.domain.contributions.ledger import Posting
from chalicelib.domain.contributions.line import Line
from chalicelib.domain.contributions.state import Listed
from chalicelib.domain.contributions.statement import months_in
from chalicelib.domain.contributions.wording import month_name
from chalicelib.domain.errors import NotFound
from chalicelib.domain.money import Cents
from chalicelib.domain.search_text import searchable
from chalicelib.services import companies, contribution_actions, contribution_ledger, contribution_lines
from chalicelib.storage import contracts, contributions

READ_AT_ONCE = 100
READINGS = 5
POSTINGS_SHOWN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What a list is narrowed to (H40); amounts are what was called, with tax, days those of the period, all included.

    ``text`` holds words of the number, of the contract's number or of a month: « mars 2025 ».
    """

    text: str = ""
    state: Listed | None = None
    contract_id: str | None = None
    period_from: date | None = None
    period_to: date | None = None
    least_cents: Cents | None = None
    most_cents: Cents | None = None

    def admit(self, one: ContributionSummary, today: date) -> bool:
        """Whether a contribution is among those asked for."""
        called = one.called_cents
        return (
            self.state in {None, one.listed_on(today)}
            and self.contract_id in {None, one.contract_id}
            and (self.period_from is None or one.period.end is None or one.period.end > self.period_from)
            and (self.period_to is None or one.period.start <= self.period_to)
            and (self.least_cents is None or called >= self.least_cents)
            and (self.most_cents is None or called <= self.most_cents)
            and self._words_in(one)
        )

    def _words_in(self, one: ContributionSummary) -> bool:
        months = " ".join(month_name(month) for month in months_in(one.period))
        said = searchable(f"{one.number} {one.contract_number} {months}")
        return all(word in said for word in searchable(self.text).split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """One statement as the company sees it: as it was issued, what became of it, what may be done about it now."""

    issued: Issued
    contribution: Contribution
    offered: tuple[ActionKind, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Extract:
    """The ledger of a contract, latest postings first; ``left_out`` older ones are not shown. Units: cents.

    ``balance_cents`` is what the company owes in all, negative when it has paid too much.
    """

    balance_cents: Cents
    postings: tuple[Posting, ...]
    left_out: int


def page(
    company_id: str, filters: Filters, *, before: str | None, limit: int
) -> tuple[list[ContributionSummary], str | None]:
    """One page of the contributions of a company, newest first (H39, H40).

    A search reads five hundred at most: the page may then be short, and its cursor leads on.
    """
    today = clock.today()
    if filters == Filters():
        return contributions.page_of_company(company_id, before=before, limit=limit)
    kept: list[ContributionSummary] = []
    cursor = before
    for _ in range(READINGS):
        some, cursor = contributions.page_of_company(company_id, before=cursor, limit=READ_AT_ONCE)
        for position, one in enumerate(some, start=1):
            if filters.admit(one, today):
                kept.append(one)
            if len(kept) == limit:
                return kept, contributions.place_of(one) if cursor or position < len(some) else None
        if cursor is None:
            break
    return kept, cursor


def every(company_id: str, filters: Filters) -> Iterator[ContributionSummary]:
    """Every contribution asked for, newest first, however many there are: read a hundred at a time."""
    today = clock.today()
    cursor = None
    while True:
        some, cursor = contributions.page_of_company(company_id, before=cursor, limit=READ_AT_ONCE)
        yield from (one for one in some if filters.admit(one, today))
        if cursor is None:
            return


def get(company_id: str, number: str) -> Detail:
    """One statement of a company (H41).

    Errors: ``NotFound``, also for another company's.
    """
    issued, contribution = contributions.issued(number), contributions.get(number)
    if issued is None or contribution is None or issued.company_id != company_id:
        raise NotFound
    offered = contribution_actions.offered(contribution, companies.get(company_id))
    return Detail(issued=issued, contribution=contribution, offered=offered)


def lines(company_id: str, number: str, *, part: int) -> tuple[list[Line], int | None]:
    """Some of the lines of a statement, employee by employee, and the part that follows (H41).

    Errors: ``NotFound``, also for another company's, and past the last part.
    """
    issued = of_company(company_id, number)
    if not 0 <= part < max(issued.parts, 1):
        raise NotFound
    found = contribution_lines.part(issued.lines, part)
    return found, part + 1 if part + 1 < issued.parts else None


def of_company(company_id: str, number: str) -> Issued:
    """One statement of a company, as it was issued.

    Errors: ``NotFound``, also for another company's.
    """
    issued = contributions.issued(number)
    if issued is None or issued.company_id != company_id:
        raise NotFound
    return issued


def extract(company_id: str, contract_id: str) -> Extract:
    """What was called and what moved under a contract, latest first.

    Errors: ``NotFound``, also for another company's contract, and for one whose contributions are not called here.
    """
    books = contribution_ledger.read(company_id, contract_id)
    ordered = sorted(books.ledger.postings, key=lambda one: (one.day, one.posting_id), reverse=True)
    return Extract(
        balance_cents=books.account.balance_cents,
        postings=tuple(ordered[:POSTINGS_SHOWN]),
        left_out=max(0, len(ordered) - POSTINGS_SHOWN),
    )


def contract(company_id: str, contract_id: str) -> Contract:
    """A contract of a company.

    Errors: ``NotFound``.
    """
    found = contracts.get(company_id, contract_id)
    if found is None:
        raise NotFound
    return found
