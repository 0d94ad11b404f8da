"""Until when a child is proved to be a dependant, and what follows day by day (M53, M54, M55, M57, M58, A13)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain import evidence
from chalicelib.domain.account import Account, AccountKind, AccountState
from chalicelib.domain.evidence import Proof, ProofStage
from chalicelib.domain.former_email import MOST_FORMER, FormerEmail, remembered, still_told
from chalicelib.domain.mandate import AccountUse, Bank, Mandate
from chalicelib.domain.member import (
    BENEFICIARY_LABELS,
    BankAccount,
    Beneficiary,
    BeneficiaryState,
    Member,
    Relationship,
    Removal,
    removal_ends_on,
)
from chalicelib.domain.periods import age_on

DAY = timedelta(days=1)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def child(born: date, covered_from: date = date(2026, 1, 1), **changes: Any) -> Beneficiary:
    """A child who waits for the documents."""
    waiting = Beneficiary(
        beneficiary_id="2",
        rank=2,
        relationship=Relationship.CHILD,
        first_name="Zoé",
        last_name="Martin",
        birth_date=born,
        nir=None,
        covered_from=covered_from,
        state=BeneficiaryState.PENDING_PROOF,
    )
    return replace(waiting, **changes)


# --- Ages ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("born", "eve"),
    [
        (date(2008, 2, 29), date(2026, 2, 28)),
        (date(2008, 2, 28), date(2026, 2, 27)),
        (date(2008, 3, 1), date(2026, 2, 28)),
        (date(2009, 12, 31), date(2027, 12, 30)),
    ],
)
def test_m54_a_minor_needs_nothing_until_the_eve_of_majority(born: date, eve: date) -> None:
    """M54: born on 29 February, one is of age on 1 March of a common year."""
    assert evidence.minor_until(born, on=date(2026, 1, 1)) == eve
    zoe = child(born, date(2026, 1, 1)).accepted(date(2026, 1, 1))
    assert zoe.is_covered_on(eve)
    assert not zoe.is_covered_on(eve + DAY)


def test_the_contract_s_age_limit_ends_cover_whatever_is_sent() -> None:
    """Dossier 5.2: on the eve of the birthday; a certificate of that year goes no further."""
    born = date(1998, 9, 15)
    proof = evidence.of_child(born, certified_on=date(2026, 1, 5), since=date(2026, 1, 5))
    assert (proof.until, proof.final, proof.answer_by) == (date(2026, 9, 14), True, date(2026, 9, 14))
    yanis = replace(child(born), state=BeneficiaryState.ACTIVE, proof=proof)
    assert yanis.state_on(date(2026, 9, 14)) is BeneficiaryState.ACTIVE
    assert yanis.state_on(date(2026, 9, 15)) is BeneficiaryState.ENDED


@pytest.mark.parametrize("born", [date(2008, 2, 29), date(2007, 10, 31), date(2008, 1, 1)])
def test_an_age_begins_on_one_day_and_no_other(born: date) -> None:
    for years in (18, 20, 28):
        day = evidence.birthday(born, years)
        assert (age_on(born, day - DAY), age_on(born, day)) == (years - 1, years)


# --- Certificates --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("received_on", "until"),
    [
        (date(2026, 1, 1), date(2026, 10, 31)),
        (date(2026, 8, 31), date(2026, 10, 31)),
        (date(2026, 9, 1), date(2027, 10, 31)),
        (date(2026, 10, 31), date(2027, 10, 31)),
        (date(2026, 11, 1), date(2027, 10, 31)),
        (date(2026, 12, 31), date(2027, 10, 31)),
    ],
)
def test_m53_a_certificate_counts_to_the_end_of_october(received_on: date, until: date) -> None:
    """Dossier 5.2: one of the last sixty days is that of the year which begins."""
    assert evidence.certified_until(received_on) == until


def test_m55_without_a_new_certificate_cover_stops_and_may_still_go_on() -> None:
    """Dossier 10: expiring 60 days before, expired after 31 October, ended after 31 December."""
    yanis = child(date(2004, 5, 17)).accepted(date(2026, 1, 5))
    states = {
        date(2026, 8, 31): BeneficiaryState.ACTIVE,
        date(2026, 9, 1): BeneficiaryState.PROOF_EXPIRING,
        date(2026, 10, 31): BeneficiaryState.PROOF_EXPIRING,
        date(2026, 11, 1): BeneficiaryState.PROOF_EXPIRED,
        date(2026, 12, 31): BeneficiaryState.PROOF_EXPIRED,
        date(2027, 1, 1): BeneficiaryState.ENDED,
    }
    assert {day: yanis.state_on(day) for day in states} == states
    covered = {date(2026, 10, 31): True, date(2026, 11, 1): False}
    assert {day: yanis.is_covered_on(day) for day in covered} == covered
    certified = evidence.of_child(yanis.birth_date, certified_on=date(2026, 12, 31), since=date(2026, 12, 31))
    renewed = replace(yanis, proof=certified)
    assert all(renewed.is_covered_on(date(2026, 10, 31) + one * DAY) for one in range(60))


def test_every_step_about_a_proof_has_its_day() -> None:
    proof = Proof(until=date(2026, 10, 31), asks_on=date(2026, 9, 1))
    days = {stage: replace(proof, stage=stage).next_day for stage in ProofStage}
    assert days == {
        ProofStage.HELD: date(2026, 8, 31),
        ProofStage.ASKED: date(2026, 10, 31),
        ProofStage.LAPSED: date(2026, 12, 31),
        ProofStage.ENDED: None,
    }


def test_whoever_comes_of_age_before_being_accepted_is_asked_at_once_and_has_the_whole_delay() -> None:
    """M54: the first day of cover decides what is asked then; what has happened since is seen to from acceptance on."""
    accepted_on = date(2026, 6, 1)
    zoe = child(date(2008, 4, 1), date(2026, 3, 20)).accepted(accepted_on)
    proof = zoe.proof
    assert proof is not None
    assert (proof.until, proof.asks_on, proof.next_day) == (date(2026, 3, 31), accepted_on, accepted_on - DAY)
    assert proof.answer_by == accepted_on + 61 * DAY
    assert zoe.is_covered_on(date(2026, 3, 31))
    assert zoe.state_on(accepted_on) is BeneficiaryState.PROOF_EXPIRED


def test_a_child_of_before_is_proved_by_age_alone() -> None:
    """A minor needs nothing; an adult accepted before certificates were followed is not cut off."""
    minor = child(date(2010, 6, 1), state=BeneficiaryState.ACTIVE)
    assert minor.held_proof is not None
    assert minor.held_proof.until == date(2028, 5, 31)
    adult = child(date(2004, 6, 1), state=BeneficiaryState.ACTIVE)
    assert adult.held_proof is None
    assert adult.is_covered_on(date(2030, 1, 1))


def test_a_partner_has_no_certificate() -> None:
    paul = child(date(1990, 1, 1), relationship=Relationship.SPOUSE).accepted(date(2026, 1, 5))
    assert paul.held_proof is None
    assert paul.next_day is None


def test_every_state_has_a_label() -> None:
    """M116: in words."""
    assert BENEFICIARY_LABELS.keys() == set(BeneficiaryState)


# --- Removals ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked_on", "ends_on"),
    [
        (date(2026, 11, 1), date(2026, 11, 30)),
        (date(2026, 11, 30), date(2026, 11, 30)),
        (date(2026, 12, 31), date(2026, 12, 31)),
        (date(2027, 2, 1), date(2027, 2, 28)),
        (date(2028, 2, 29), date(2028, 2, 29)),
    ],
)
def test_a13_a_removal_ends_on_the_last_day_of_the_month(asked_on: date, ends_on: date) -> None:
    assert removal_ends_on(asked_on) == ends_on
    removed = replace(
        child(date(2015, 1, 1)).accepted(date(2026, 1, 1)), removal=Removal(request_id="r", ends_on=ends_on)
    )
    assert removed.state_on(ends_on) is BeneficiaryState.REMOVAL_REQUESTED
    assert removed.is_covered_on(ends_on)
    assert removed.state_on(ends_on + DAY) is BeneficiaryState.ENDED
    assert not removed.is_covered_on(ends_on + DAY)
    assert removed.next_day == ends_on


def test_an_earlier_end_stays_the_earlier_one() -> None:
    zoe = child(date(2015, 1, 1), covered_to=date(2026, 11, 15)).accepted(date(2026, 1, 1))
    assert replace(zoe, removal=Removal(request_id="r", ends_on=date(2026, 11, 30))).ends_on == date(2026, 11, 15)
    assert replace(zoe, removal=Removal(request_id="r", ends_on=date(2026, 10, 31))).ends_on == date(2026, 10, 31)


# --- Accounts ------------------------------------------------------------------------------------------------------


def member(**changes: Any) -> Member:
    given = BankAccount(iban_sealed="a", iban_masked="FR14 … 606", bic=None, holder="Léa Martin")
    one = Member(member_id="m", company_id="c", email=None, bank_account=given, created_at=NOON)
    return replace(one, **changes)


def designation(name: str, signed_at: datetime, use: AccountUse = AccountUse.REIMBURSEMENTS) -> Mandate:
    return Mandate(
        rum=name,
        ics="",
        use=use,
        creditor_name="",
        creditor_address="",
        debtor_name="Léa Martin",
        debtor_address="",
        place="",
        holder="Léa Martin",
        iban_sealed=name,
        iban_masked=name,
        bic=None,
        request_id=name,
        written_on=signed_at.date(),
    ).signed(signed_at)


def test_a14_each_payment_goes_to_the_account_of_its_moment() -> None:
    """A14, M89: the former account until the very second, and an account to be debited is another matter."""
    start = NOON + timedelta(hours=72)
    changed = member().with_bank(AccountUse.REIMBURSEMENTS, Bank(mandates=(designation("new", NOON),)))
    debited = changed.with_bank(AccountUse.DEBITS, Bank(mandates=(designation("debit", NOON, AccountUse.DEBITS),)))
    for one in (changed, debited):
        accounts = [one.account_on(start - timedelta(seconds=1)), one.account_on(start)]
        assert [account.iban_sealed for account in accounts if account] == ["a", "new"]
    assert member().account_on(start) == member().bank_account
    assert member(bank_account=None).account_on(start) is None


def test_an_account_to_be_paid_never_lapses() -> None:
    """Nothing is debited from it, so that the 36 months of a mandate do not count."""
    later = datetime(2036, 1, 1, tzinfo=UTC)
    assert designation("new", NOON).lapses_on is None
    assert designation("debit", NOON, AccountUse.DEBITS).lapses_on == date(2029, 3, 2)
    changed = member().with_bank(AccountUse.REIMBURSEMENTS, Bank(mandates=(designation("new", NOON),)))
    account = changed.account_on(later)
    assert account is not None
    assert account.iban_sealed == "new"


def test_m88_a_first_mobile_has_nothing_to_settle_and_another_one_does() -> None:
    account = Account(
        account_id="a",
        kind=AccountKind.MEMBER,
        state=AccountState.ACTIVE,
        email="lea@exemple.fr",
        display_name="Léa Martin",
        subject_ids=("m",),
        created_at=NOON,
    )
    first = account.with_mobile("+33600000001", at=NOON)
    assert (first.mobile, first.mobile_changed_at) == ("+33600000001", None)
    assert first.with_mobile("+33600000001", at=NOON).mobile_changed_at is None
    other = first.with_mobile("+33600000002", at=NOON)
    assert other.mobile_changed_at == NOON
    gone = first.with_mobile(None, at=NOON)
    back = gone.with_mobile("+33600000003", at=NOON + DAY)
    assert (gone.mobile_changed_at, back.mobile_changed_at) == (NOON, NOON + DAY)


def test_former_addresses_are_remembered_while_they_are_told() -> None:
    account = Account(
        account_id="a",
        kind=AccountKind.MEMBER,
        state=AccountState.ACTIVE,
        email="lea@exemple.fr",
        display_name="Léa Martin",
        subject_ids=("m",),
        created_at=NOON,
    )
    changed = account.with_email("lea@autre.exemple", at=NOON)
    assert (changed.email, changed.generation) == ("lea@autre.exemple", account.generation + 1)
    again = changed.with_email("lea@ailleurs.exemple", at=NOON + timedelta(days=1))
    assert still_told(again.former_emails, NOON + timedelta(days=30)) == ("lea@exemple.fr", "lea@autre.exemple")
    assert still_told(again.former_emails, NOON + timedelta(days=31)) == ("lea@autre.exemple",)
    much_later = again.with_email("lea@exemple.fr", at=NOON + timedelta(days=60))
    assert [one.email for one in much_later.former_emails] == ["lea@ailleurs.exemple"]


def test_no_series_of_changes_pushes_the_oldest_address_out() -> None:
    formers: tuple[FormerEmail, ...] = ()
    for rank in range(30):
        formers = remembered(formers, f"{rank}@exemple.fr", at=NOON + timedelta(minutes=rank))
    told = still_told(formers, NOON + timedelta(days=1))
    assert (told[0], len(told)) == ("0@exemple.fr", MOST_FORMER)
