"""The SEPA mandate, the code that signs it, and when a new account is used (H84, H85, H86, M89, A14)."""

import doctest
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from stdnum.eu import at_02

from chalicelib.domain import mandate as module
from chalicelib.domain.mandate import (
    Bank,
    Evidence,
    Mandate,
    MandateState,
    SignatureCode,
    Verdict,
    rum_of,
    takes_effect_at,
)
from chalicelib.settings import creditor_id

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
DELAY = timedelta(hours=72)
SECOND = timedelta(seconds=1)
PARIS = ZoneInfo("Europe/Paris")
DOCUMENT, OTHER = "a" * 64, "b" * 64


def mandate(name: str, signed_at: datetime | None = None) -> Mandate:
    """A mandate, signed at an instant."""
    drafted = Mandate(
        rum=f"RUM-{name}",
        ics="FR72ZZZ123456",
        creditor_name="Mutuelle des Rives",
        creditor_address="12 quai des Chartrons, 33000 Bordeaux",
        debtor_name="Ateliers du Port",
        debtor_address="1 rue des Tests, 44000 Nantes",
        place="Nantes",
        holder="Ateliers du Port",
        iban_sealed="…",
        iban_masked="FR14 **** **** **** **** ***2 606",
        bic=None,
        request_id=name,
        written_on=date(2026, 3, 2),
    )
    return drafted.signed(signed_at) if signed_at else drafted


def code(**changes: Any) -> SignatureCode:
    """A code just sent."""
    sent = SignatureCode(
        digest="right", document_sha256=DOCUMENT, account_id="anne", phone_masked="06 ** ** ** 78", issued_at=NOW
    )
    return replace(sent, **changes)


# --- The account in use --------------------------------------------------------------------------------------------


def test_h86_the_new_account_is_used_from_the_72nd_hour_on_and_not_a_second_before() -> None:
    bank = Bank(mandates=(mandate("old", NOW - 30 * DELAY), mandate("new", NOW)))
    old, new = bank.mandates
    assert bank.mandate_on(NOW) is old
    assert bank.mandate_on(NOW + timedelta(hours=71, minutes=59)) is old
    assert bank.mandate_on(NOW + DELAY - SECOND) is old
    assert bank.mandate_on(NOW + DELAY) is new
    assert (bank.state_of(old, NOW + DELAY), bank.ends_at(old)) == (MandateState.REPLACED, NOW + DELAY)
    assert (bank.state_of(new, NOW), bank.state_of(new, NOW + DELAY)) == (MandateState.SIGNED, MandateState.ACTIVE)


def test_a14_a_payment_ordered_before_keeps_the_old_account_whenever_it_is_looked_at() -> None:
    ordered = NOW + timedelta(hours=1)
    before = Bank(mandates=(mandate("old", NOW - DELAY), mandate("new", NOW)))
    after = before.with_mandate(mandate("newest", NOW + 2 * DELAY))
    assert before.mandate_on(ordered) == after.mandate_on(ordered) == before.mandates[0]


def test_a_first_account_serves_after_the_delay_only() -> None:
    bank = Bank(mandates=(mandate("first", NOW),))
    assert bank.mandate_on(NOW + DELAY - SECOND) is None
    assert bank.mandate_on(NOW + DELAY) is not None
    assert Bank().mandate_on(NOW) is None
    assert Bank().state_of(mandate("drafted"), NOW) is MandateState.DRAFT


def test_a_change_given_up_during_the_delay_never_takes_effect() -> None:
    bank = Bank(mandates=(mandate("old", NOW - DELAY), mandate("new", NOW)), change_id="new")
    left = bank.without_change("new", at=NOW + DELAY - SECOND)
    old, new = left.mandates
    assert left.change_id is None
    assert left.mandate_on(NOW + 10 * DELAY) is old
    assert left.ends_at(old) is None
    assert left.state_of(new, NOW + 10 * DELAY) is MandateState.REVOKED
    assert left.without_change("new", at=NOW + 5 * DELAY) == left


def test_giving_up_a_change_leaves_those_of_others() -> None:
    bank = Bank(mandates=(mandate("old", NOW),), change_id="newer")
    assert bank.without_change("never signed", at=NOW) == bank


def test_a_revoked_mandate_does_not_bring_the_former_one_back() -> None:
    new = replace(mandate("new", NOW), revoked_at=NOW + 2 * DELAY)
    bank = Bank(mandates=(mandate("old", NOW - DELAY), new))
    assert bank.mandate_on(NOW + 2 * DELAY - SECOND) is new
    assert bank.mandate_on(NOW + 2 * DELAY) is None
    assert bank.ends_at(new) == NOW + 2 * DELAY


@pytest.mark.parametrize(
    ("signed", "effective"),
    [
        (datetime(2026, 3, 28, 1, 30, tzinfo=PARIS), datetime(2026, 3, 31, 2, 30, tzinfo=PARIS)),
        (datetime(2026, 10, 24, 12, 0, tzinfo=PARIS), datetime(2026, 10, 27, 11, 0, tzinfo=PARIS)),
    ],
    ids=["an hour is skipped", "an hour comes twice"],
)
def test_the_delay_is_of_real_hours_when_clocks_are_changed(signed: datetime, effective: datetime) -> None:
    due = takes_effect_at(signed.astimezone(UTC))
    assert due == effective.astimezone(UTC)
    assert due - signed.astimezone(UTC) == DELAY


def test_a_mandate_unused_for_36_months_lapses_on_the_day_in_paris() -> None:
    """Signed at 23 h 30 UTC, it is signed on the next day in Paris."""
    signed = mandate("old", datetime(2026, 1, 30, 23, 30, tzinfo=UTC))
    assert signed.lapses_on == date(2029, 1, 31)
    bank = Bank(mandates=(signed,))
    last = datetime(2029, 1, 30, 22, 59, 59, tzinfo=UTC)
    assert bank.mandate_on(last) is signed
    assert bank.mandate_on(last + SECOND) is None
    assert bank.state_of(signed, last + SECOND) is MandateState.LAPSED
    assert mandate("drafted").lapses_on is None


def test_each_debit_keeps_a_mandate_alive_for_36_more_months() -> None:
    used = replace(mandate("old", NOW), last_debited_on=date(2028, 2, 29))
    assert used.lapses_on == date(2031, 2, 28)


# --- The reference -------------------------------------------------------------------------------------------------


def test_a_reference_fits_sepa_for_the_longest_numero_adherent() -> None:
    rum = rum_of("12345678901234", written_on=date(2026, 3, 2), distinct="9d2b7c40e1f64c8e8a35b60d7f21c5e9")
    assert len(rum) <= 35
    assert not set(rum) - set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-")


@pytest.mark.parametrize("reference", ["numéro", "12 34", "123456789012345678"])
def test_a_reference_that_sepa_does_not_admit_is_refused(reference: str) -> None:
    with pytest.raises(ValueError, match="référence unique"):
        rum_of(reference, written_on=date(2026, 3, 2), distinct="9d2b7c40e1f64c8e")


def test_the_default_identifiant_creancier_has_a_right_key() -> None:
    assert at_02.is_valid(creditor_id())


# --- The code ------------------------------------------------------------------------------------------------------


def typed(
    sent: SignatureCode, digest: str = "right", *, document: str = DOCUMENT, after: timedelta = SECOND
) -> tuple[Verdict, SignatureCode]:
    """What a code typed some time after it was sent is worth."""
    return sent.typed(digest, document_sha256=document, at=NOW + after)


def test_h86_a_code_serves_once() -> None:
    verdict, used = typed(code())
    assert verdict is Verdict.ACCEPTED
    assert typed(used) == (Verdict.USED, used)


@pytest.mark.parametrize(
    ("after", "verdict"),
    [(timedelta(minutes=10), Verdict.ACCEPTED), (timedelta(minutes=10, seconds=1), Verdict.EXPIRED)],
)
def test_h86_a_code_serves_for_10_minutes(after: timedelta, verdict: Verdict) -> None:
    assert typed(code(), after=after)[0] is verdict


def test_h86_the_third_wrong_code_is_the_last_one() -> None:
    sent, verdicts = code(), []
    for _ in range(3):
        verdict, sent = typed(sent, "wrong")
        verdicts.append(verdict)
    assert verdicts == [Verdict.WRONG, Verdict.WRONG, Verdict.EXHAUSTED]
    assert typed(sent) == (Verdict.EXHAUSTED, sent)
    assert not sent.serves(DOCUMENT, account_id="anne", at=NOW)


def test_the_third_try_may_be_the_right_one() -> None:
    assert typed(code(tries=2))[0] is Verdict.ACCEPTED


def test_h84_a_code_of_one_document_never_signs_another() -> None:
    sent = code()
    assert typed(sent, document=OTHER) == (Verdict.OTHER_DOCUMENT, sent)
    assert not sent.serves(OTHER, account_id="anne", at=NOW)
    assert not sent.serves(DOCUMENT, account_id="zoe", at=NOW)
    assert sent.serves(DOCUMENT, account_id="anne", at=NOW)


def test_a_request_repeated_within_a_minute_is_taken_for_the_same_one() -> None:
    assert code().just_sent(NOW + timedelta(seconds=59))
    assert not code().just_sent(NOW + timedelta(minutes=1))


def test_a_wrong_code_that_came_too_late_costs_no_try() -> None:
    late = timedelta(minutes=11)
    assert typed(code(), "wrong", after=late) == (Verdict.EXPIRED, code())


# --- The evidence --------------------------------------------------------------------------------------------------

EVIDENCE = Evidence(
    request_id="r",
    rum="RUM-new",
    document_sha256=DOCUMENT,
    account_id="anne",
    signer="Anne Le Goff",
    phone_masked="06 ** ** ** 78",
    code_issued_at=NOW,
    signed_at=NOW + SECOND,
    source_ip="192.0.2.7",
    tries=1,
)


def test_the_evidence_says_what_was_signed_by_whom_when_and_from_where() -> None:
    facts = json.loads(EVIDENCE.text)
    assert facts["document_sha256"] == DOCUMENT
    assert (facts["phone_masked"], facts["source_ip"], facts["result"]) == ("06 ** ** ** 78", "192.0.2.7", "accepted")
    assert facts["signed_at"] == "2026-03-02T09:30:01+00:00"


def test_evidence_that_differs_has_another_hash() -> None:
    assert EVIDENCE.sha256 == replace(EVIDENCE).sha256
    assert EVIDENCE.sha256 != replace(EVIDENCE, source_ip="192.0.2.8").sha256


def test_the_examples_hold() -> None:
    assert doctest.testmod(module).failed == 0
