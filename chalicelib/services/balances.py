"""What is left of the ceilings of a member's santé contract, for each person they may read of (M35, A12).

Ceilings shared by the family or the contract are shown as they stand, whoever used them: they bound the member's own
rights. Those of an adult dependant who has not agreed are not shown at all.
"""

from dataclasses import dataclass
from datetime import date

from chalicelib import clock
from chalicelib.domain.adjudication.care import Beneficiary as Patient
from chalicelib.domain.adjudication.care import Regime
from chalicelib.domain.adjudication.history import History, Past
from chalicelib.domain.adjudication.limits import Used
from chalicelib.domain.balances import Balance, Probe, Renewal, balances_of, probes, renewals
from chalicelib.domain.company import Contract, Risk
from chalicelib.domain.errors import NotFound
from chalicelib.domain.member import Beneficiary
from chalicelib.domain.periods import age_on
from chalicelib.domain.reimbursement import Reimbursement
from chalicelib.services import own_space, privacy
from chalicelib.services.settling import Cover, counter_name, past_act
from chalicelib.storage import contracts, counters, reimbursements
from chalicelib.storage.counters import Counter

READ_AT_ONCE = 100
PAGES = 5
NOT_COVERED = "Votre couverture santé n’est pas en cours\u00a0: il n’y a pas de solde à afficher."


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonBalances:
    """The ceilings and renewals of one person; none where ``hidden`` (A12)."""

    person: Beneficiary
    hidden: bool
    ceilings: tuple[Balance, ...] = ()
    renewals: tuple[Renewal, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Balances:
    """What is left on a day; ``complete`` is false when there are too many décomptes for all to be read.

    Rolling spans and renewals are then told from the five hundred latest; other ceilings are exact all the same.
    """

    on: date
    contract: Contract
    people: tuple[PersonBalances, ...]
    complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    """Whose balances are read, with what they were settled on before."""

    cover: Cover
    patient: Patient
    past: Past
    probes: tuple[Probe, ...]


def of_member(member_id: str) -> Balances:
    """What is left today of the ceilings of everybody covered.

    Errors: ``NotFound`` without a santé contract, or while it covers nobody.
    """
    member = own_space.with_health(member_id)
    today = clock.today()
    health = member.affiliation_to(Risk.HEALTH, today)
    contract = contracts.get(member.company_id, health.contract_id) if health else None
    table = contract.table_on(today) if contract and contract.period.holds(today) else None
    if health is None or contract is None or table is None:
        raise NotFound(NOT_COVERED)
    hidden = privacy.hidden_from(member)
    covered = [one for one in member.beneficiaries if one.is_covered_on(today)]
    decomptes, complete = _decomptes(member_id)
    readers = {
        one.beneficiary_id: _reader(
            Cover(member=member, beneficiary=one, affiliation=health, contract=contract, table=table), decomptes
        )
        for one in covered
        if not hidden(one.beneficiary_id)
    }
    names = {
        counter_name(key, one.cover) for one in readers.values() for probe in one.probes for key in probe.keys if key
    }
    stored = counters.several(names) if names else {}
    people = tuple(_of_person(one, readers.get(one.beneficiary_id), stored, today) for one in covered)
    return Balances(on=today, contract=contract, people=people, complete=complete)


def _decomptes(member_id: str) -> tuple[list[Reimbursement], bool]:
    """The latest décomptes of a family, those that were undone left out, and whether they are all."""
    found: list[Reimbursement] = []
    before: str | None = None
    for _ in range(PAGES):
        page, before = reimbursements.page_of_member(
            member_id, decided_from=None, decided_to=None, before=before, limit=READ_AT_ONCE
        )
        found += page
        if before is None:
            break
    undone = {one.reverses for one in found if one.reverses}
    kept = [one for one in found if one.reverses is None and one.reimbursement_id not in undone]
    return kept, before is None


def _reader(cover: Cover, decomptes: list[Reimbursement]) -> _Reader:
    today, person = clock.today(), cover.beneficiary
    patient = Patient(age=age_on(person.birth_date, today), regime=Regime(person.regime))
    own = (one for one in decomptes if one.beneficiary_id == person.beneficiary_id)
    past = Past(History.of(past_act(line) for one in own for line in one.lines))
    start = cover.contract.starts_on
    found = probes(cover.table, on=today, person=patient, contract_start=start, past=past)
    return _Reader(cover=cover, patient=patient, past=past, probes=found)


def _of_person(person: Beneficiary, reader: _Reader | None, stored: dict[str, Counter], today: date) -> PersonBalances:
    if reader is None:
        return PersonBalances(person=person, hidden=True)
    found: list[Balance] = []
    for probe in reader.probes:
        named = [(key, stored[counter_name(key, reader.cover)]) for key in probe.keys if key]
        used = {key: Used(amount_cents=one.amount_cents, count=one.count) for key, one in named}
        found += balances_of(probe, used)
    return PersonBalances(
        person=person,
        hidden=False,
        ceilings=tuple(dict.fromkeys(found)),
        renewals=renewals(reader.cover.table, on=today, person=reader.patient, past=reader.past),
    )
