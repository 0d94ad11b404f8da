"""What calling contributions costs: employees a second, calls to AWS for a statement, memory, and how both grow.

    python -m bench.contributions 1000 100

The numbers are companies, and employees of each; few of both unless said. Contracts, members, statements and ledger are
the real ones, on moto: members are written by the storage, everything after them by the steps of the daily run. Three
months are called: the first of everybody, the second with nothing changed, the third with one employee in ten leaving
late, whose past month is corrected.
"""

from moto import mock_aws  # noqa: F401, I001 - moto comes before any boto3 client is made

import os
import resource
import sys
import time
import tracemalloc
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from chalice.app import Chalice

from bench.route import Calls
from chalicelib import clock
from chalicelib.domain.company import (
    Address,
    Broker,
    Company,
    Contract,
    ContributionBasis,
    ContributionRate,
    ContributionTerms,
    Risk,
)
from chalicelib.domain.contributions.tariff import Role
from chalicelib.domain.contributions.terms import Pricing, tariff_of
from chalicelib.domain.member import Affiliation, AffiliationState, Beneficiary, BeneficiaryState, Member, Relationship
from chalicelib.observability import logger
from chalicelib.services import billing, contribution_accounts, contribution_runs, tokens
from chalicelib.storage import companies, contracts, contributions, members
from chalicelib.storage.transaction import Transaction
from local.stack import Stack

JANUARY = date(2025, 1, 1)
MEMBERS_AT_ONCE = 20
LATE_ONE_IN = 10
FAMILY_ONE_IN = 2
NOON = timedelta(hours=12)

Key = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """One run: what it called and what it took."""

    name: str
    statements: int
    lines: int
    cpu_seconds: float
    aws_seconds: float
    calls: Counter[str]

    @property
    def own_seconds(self) -> float:
        """Without the simulation of AWS."""
        return self.cpu_seconds - self.aws_seconds


def load_app() -> Chalice:
    """The project's own application."""
    import app

    return app.app


def main() -> None:
    """Print one table for the sizes asked for, and how one contract grows."""
    logger.setLevel("ERROR")
    many, each = (int(text) for text in (*sys.argv[1:3], *("10", "50")[len(sys.argv) - 1 :]))
    with open(os.devnull, "w", encoding="utf-8") as nowhere, redirect_stdout(nowhere), Stack(load_app):
        keys = [_company(number, each) for number in range(many)]
        months = measure(keys, each)
        held = [_held_by(key, date(2025, 5, 1)) for key in (keys[0], keys[-1])]
    with open(os.devnull, "w", encoding="utf-8") as nowhere, redirect_stdout(nowhere), Stack(load_app):
        grown = [(size, measure([_company(number, size)], size)) for number, size in enumerate((each, 10 * each))]
    print(f"## Calling contributions: {many} contracts of {each} employees\n")
    print("| Month | Statements | Lines | Employees a second and core | own, without moto | AWS calls a statement |")
    print("| --- | --- | --- | --- | --- | --- |")
    for one in months:
        print(_line(one, many * each))
    print(f"\n## One contract of {each} and of {10 * each} employees\n")
    print("| Employees | Month | Lines | own ms an employee | AWS calls |")
    print("| --- | --- | --- | --- | --- |")
    for size, found in grown:
        for one in found:
            calls = ", ".join(f"{count} {name}" for name, count in sorted(one.calls.items()))
            print(f"| {size} | {one.name} | {one.lines} | {1000 * one.own_seconds / size:.2f} | {calls} |")
    first, last = (f"{one / 1024 / 1024:.1f}" for one in held)
    print(f"\nMemory held at most while one statement is called: {first} MiB for the first, {last} MiB for the last.")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"Peak memory of the process, the simulated tables and objects included: {peak:.0f} MiB.")
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores.")


def _line(one: Month, employees: int) -> str:
    whole = employees / max(one.cpu_seconds, 0.001)
    own = employees / max(one.own_seconds, 0.001)
    each = sum(one.calls.values()) / max(one.statements, 1)
    return f"| {one.name} | {one.statements} | {one.lines} | {whole:,.0f} | {own:,.0f} | {each:.1f} |"


def measure(keys: list[Key], each: int) -> list[Month]:
    """Call three months of some contracts; ``each`` is how many employees each has."""
    found = [_run("the first month", keys, date(2025, 2, 1)), _run("nothing changed", keys, date(2025, 3, 1))]
    for company_id, _ in keys:
        for rank in range(0, each, LATE_ONE_IN):
            _leave(company_id, rank)
    return [*found, _run("one in ten left in January", keys, date(2025, 4, 1))]


def _run(name: str, keys: Iterable[Key], day: date) -> Month:
    watched = Calls(time.process_time)
    with _on(day), watched.watched():
        started = time.process_time()
        contribution_runs.plan(day.isoformat())
        outcomes = [billing.call(*key) for key in keys]
        contribution_runs.report(day.isoformat())
        cpu = time.process_time() - started
    lines = sum(_lines(company_id) for company_id, _ in keys)
    return Month(
        name=name,
        statements=outcomes.count(billing.Outcome.CALLED),
        lines=lines,
        cpu_seconds=cpu,
        aws_seconds=watched.seconds,
        calls=Counter(watched.names),
    )


def _held_by(key: Key, day: date) -> int:
    """The bytes that calling one contract on a day holds at most, beside what was there before."""
    with _on(day):
        tracemalloc.start()
        billing.call(*key)
        _, held = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    return held


def _lines(company_id: str) -> int:
    """How many employees' months the latest statement bears on."""
    [latest], _ = contributions.page_of_company(company_id, before=None, limit=1)
    issued = contributions.issued(latest.number)
    return sum(abs(group.heads) for group in issued.groups) if issued else 0


@contextmanager
def _on(day: date) -> Iterator[None]:
    shift = datetime(day.year, day.month, day.day, tzinfo=UTC) + NOON - clock.now()
    clock.shift(shift)
    try:
        yield
    finally:
        clock.shift(-shift)


def _company(number: int, employees: int) -> Key:
    address = Address(line1="1 rue du Banc", postcode="44000", city="Nantes")
    broker = Broker(name="Courtage", orias="07001234", email="c@c.example", phone="0612345678", address=address)
    company = Company(
        company_id=tokens.derived_id("bench-company", str(number), str(employees)),
        subscription_id=tokens.new_id(),
        name=f"Société {number}",
        siren=f"{employees:04}{number:05}",
        siret=f"{employees:04}{number:05}00016",
        address=address,
        numero_adherent=f"{employees % 100:02}{number:05}",
        member_number_length=14,
        broker=broker,
        administrator_account_id=tokens.new_id(),
        created_at=datetime(2025, 1, 1, tzinfo=UTC),
    )
    contract = _contract(company.company_id)
    with _on(JANUARY), Transaction() as transaction:
        companies.create(transaction, company)
        contracts.create(transaction, contract)
        contribution_accounts.open_unless_open(transaction, contract, called_from=None)
    for start in range(0, employees, MEMBERS_AT_ONCE):
        with Transaction() as transaction:
            for rank in range(start, min(start + MEMBERS_AT_ONCE, employees)):
                members.save(transaction, _member(company.company_id, contract.contract_id, rank))
    return company.company_id, contract.contract_id


def _contract(company_id: str) -> Contract:
    rates = (
        ContributionRate(label="Isolé", basis=ContributionBasis.PMSS_PERCENT, value="1.50", role=Role.ALONE),
        ContributionRate(label="Famille", basis=ContributionBasis.PMSS_PERCENT, value="3.90", role=Role.FAMILY),
    )
    terms = ContributionTerms(
        frequency="monthly", due_day=15, in_advance=False, employer_share_percent="60", rates=rates
    )
    written = Pricing(valid_from=JANUARY, employer_percent=Decimal(60), rates=rates)
    return Contract(
        contract_id=tokens.derived_id("bench-contract", company_id),
        company_id=company_id,
        number="SANTE-BANC",
        label="Santé",
        risk=Risk.HEALTH,
        starts_on=JANUARY,
        terms=replace(terms, tariffs=(tariff_of(written, risk=Risk.HEALTH),)),
    )


def _member(company_id: str, contract_id: str, rank: int) -> Member:
    people = [_person(rank, None, "Dominique")]
    if rank % FAMILY_ONE_IN == 0:
        people += [_person(rank, Relationship.SPOUSE, "Claude"), _person(rank, Relationship.CHILD, "Alix")]
    return Member(
        member_id=tokens.derived_id("bench-member", company_id, str(rank)),
        company_id=company_id,
        email=f"salarie{rank}@entreprise.example",
        numero_adherent=f"1234567{rank:07}",
        beneficiaries=tuple(replace(one, rank=place) for place, one in enumerate(people, start=1)),
        affiliations=(
            Affiliation(contract_id=contract_id, risk=Risk.HEALTH, starts_on=JANUARY, state=AffiliationState.ACTIVE),
        ),
        counted_as=AffiliationState.ACTIVE,  # so that the headcount, one item for many of them, stays out of the way
        created_at=datetime(2025, 1, 1, tzinfo=UTC),
    )


def _person(rank: int, relationship: Relationship | None, first_name: str) -> Beneficiary:
    return Beneficiary(
        beneficiary_id=tokens.new_id(),
        rank=1,
        relationship=relationship,
        first_name=first_name,
        last_name=f"Salarié {rank:05}",
        birth_date=date(2015, 4, 12) if relationship is Relationship.CHILD else date(1985, 4, 12),
        nir=None,
        covered_from=JANUARY,
        state=BeneficiaryState.ACTIVE,
    )


def _leave(company_id: str, rank: int) -> None:
    """An exit on the last day of January that is learnt in March."""
    member = members.get(tokens.derived_id("bench-member", company_id, str(rank)))
    if member is None:
        return
    [held] = member.affiliations
    ended = replace(held, ends_on=date(2025, 1, 31), state=AffiliationState.TERMINATED)
    with Transaction() as transaction:
        members.save(transaction, replace(member, affiliations=(ended,)))


if __name__ == "__main__":
    main()
