"""What is left of each guarantee, and when the level may change (M29, M30, M31, M32, M33, M35, A12)."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from chalicelib.domain.acts import Site
from chalicelib.domain.adjudication.care import Beneficiary as Patient_
from chalicelib.domain.adjudication.history import Past, PastAct
from chalicelib.domain.adjudication.limits import Used
from chalicelib.domain.balances import balances_of, probes, renewals
from chalicelib.domain.guarantee import (
    Clause,
    Counter,
    FixedAmount,
    GuaranteeTable,
    Limit,
    NoGuarantee,
    Per,
    Scope,
    Span,
    TicketModerateur,
    Window,
)
from chalicelib.domain.level_change import eligible_from
from tests.portal import expect
from tests.services.conftest import Employer, Json, Patient, osteopathy, room

TODAY = date(2026, 3, 1)
START = date(2024, 7, 1)
ADULT = Patient_(age=40)
CHILD = {"relationship": "enfant", "first_name": "Tom", "last_name": "Martin", "birth_date": "2015-04-01"}
GROWN = {"relationship": "enfant", "first_name": "Zoé", "last_name": "Martin", "birth_date": "2001-02-03"}


def table(*clauses: Clause) -> GuaranteeTable:
    """A table of some clauses."""
    return GuaranteeTable(code="T", version=1, valid_from=START, responsible=True, clauses=clauses)


def found(clause: Clause, *used: Used, past: tuple[PastAct, ...] = ()) -> list[tuple[object, ...]]:
    """What is left of a clause, given what each of its counters holds: amount, units, since when, until when."""
    left = []
    for probe in probes(table(clause), on=TODAY, person=ADULT, contract_start=START, past=Past(past)):
        held = dict(zip(probe.keys, used, strict=False))
        for one in balances_of(probe, {key: value for key, value in held.items() if key}):
            left.append((one.cents_left, one.units_left, one.counted_from, one.renews_on))
    return left


def osteo(**more: Any) -> Clause:
    """Thirty euros a session."""
    guarantee = replace(FixedAmount(amount_cents=3000, per=Per.SESSION), **more)
    return Clause(id="o", label="Ostéopathie", guarantee=guarantee, acts=("OST",))


@pytest.mark.parametrize(
    ("clause", "used", "expected"),
    [
        (osteo(max_count=3), Used(amount_cents=3000, count=1), (None, 2, date(2026, 1, 1), date(2027, 1, 1))),
        (osteo(max_count=3), Used(count=5), (None, 0, date(2026, 1, 1), date(2027, 1, 1))),
        (
            replace(osteo(max_count=3), counter=Counter(Window.INSURANCE_YEAR)),
            Used(count=1),
            (None, 2, date(2025, 7, 1), date(2026, 7, 1)),
        ),
        (
            replace(osteo(), guarantee=FixedAmount(amount_cents=15000, per=Per.YEAR)),
            Used(amount_cents=4000, count=1),
            (11000, None, date(2026, 1, 1), date(2027, 1, 1)),
        ),
    ],
    ids=["a number a year", "more than allowed", "by insurance year", "an amount a year"],
)
def test_what_is_left_of_a_clause_and_when_it_begins_anew(
    clause: Clause, used: Used, expected: tuple[object, ...]
) -> None:
    """M35."""
    assert found(clause, used) == [expected]


def test_each_limit_has_its_own_balance() -> None:
    """M35: a lifetime never begins anew; a rolling span does, months after the act that opened it, once one has."""
    lifetime = osteo(limits=(Limit(span=Span.LIFETIME, amount_cents=90000),))
    assert found(lifetime, Used(), Used(amount_cents=30000)) == [(60000, None, START, None)]
    rolling = osteo(limits=(Limit(span=Span.ROLLING, months=24, max_count=1),))
    assert found(rolling) == [(None, 1, None, None)]
    opened = date(2025, 5, 31)
    past = (PastAct(act="OST", on=opened, clause_id="o"),)
    assert found(rolling, Used(), Used(count=1), past=past) == [(None, 0, opened, date(2027, 5, 31))]


def test_what_lasts_no_longer_than_an_act_has_no_balance() -> None:
    """M35: a day, a stay, a prescription; nor has what the table promises without a limit."""
    passing = (
        Limit(span=Span.DAY, max_count=1),
        Limit(span=Span.STAY, max_count=9),
        Limit(span=Span.PRESCRIPTION, max_count=1),
    )
    assert found(osteo(limits=passing)) == []
    assert found(osteo(max_count=1, count_per=Per.DAY)) == []
    assert found(osteo()) == []
    assert found(Clause(id="n", label="Néant", guarantee=NoGuarantee(), acts=("OST",))) == []


def test_each_ear_counts_apart() -> None:
    """M35: hearing aids."""
    guarantee = TicketModerateur(limits=(Limit(span=Span.ROLLING, months=48, max_count=1, site=Site.EAR),))
    clause = Clause(id="a", label="Audio", guarantee=guarantee, families=("audio",))
    both = probes(table(clause), on=TODAY, person=ADULT, contract_start=START, past=Past())
    assert [one.care.location for one in both] == ["left", "right"]
    assert [balance.location for one in both for balance in balances_of(one, {})] == ["left", "right"]


def test_an_equipment_that_was_bought_says_when_the_next_is_paid() -> None:
    """M35: two years for an adult's glasses, the year for a child's; nothing while none was bought."""
    glasses = Clause(id="l", label="Lunettes", guarantee=TicketModerateur(), families=("optique",))
    bought = Past((PastAct(act="OPT-B", on=date(2025, 3, 10), clause_id="l"),))
    [one] = renewals(table(glasses), on=TODAY, person=ADULT, past=bought)
    assert (one.bought_on, one.renews_on) == (date(2025, 3, 10), date(2027, 3, 10))
    [one] = renewals(table(glasses), on=TODAY, person=Patient_(age=10), past=bought)
    assert one.renews_on == date(2026, 3, 10)
    assert renewals(table(glasses), on=TODAY, person=ADULT, past=Past()) == ()


def ceilings(page: Json, name: str) -> dict[str, Json]:
    """The ceilings of a person, by clause."""
    [person] = [one for one in page["people"] if one["name"] == name]
    return {one["clause_id"]: one for one in person["ceilings"]}


def test_balances_follow_what_was_paid_person_by_person(employer: Employer, yesterday: date) -> None:
    """M35, A12: a session takes one of the three from whoever had it; a grown child's are not shown."""
    member = employer.member(dependants=[CHILD, GROWN])
    me = member.get("/member")
    people = {one["first_name"]: one["beneficiary_id"] for one in me["beneficiaries"]}
    for name in ("Tom", "Zoé"):
        Patient(employer.portal, member, people[name], me["numero_adherent"]).claim(osteopathy(yesterday))
    page = member.get("/member/balances")
    assert page["complete"]
    assert [(one["name"], one["hidden"]) for one in page["people"]] == [
        ("Léa Martin", False),
        ("Tom Martin", False),
        ("Zoé Martin", True),
    ]
    assert ceilings(page, "Zoé Martin") == {}
    own, toms = ceilings(page, "Léa Martin")["osteopathie"], ceilings(page, "Tom Martin")["osteopathie"]
    assert (own["units_left"], toms["units_left"], own["most_units"]) == (3, 2, 3)
    assert toms["renews_on"] == f"{yesterday.year + 1}-01-01"
    assert (own["label"], own["scope_label"]) == ("Ostéopathie", "Par bénéficiaire")
    assert ceilings(page, "Léa Martin")["lentilles"]["cents_left"] == 15000


def test_balances_are_of_those_covered_today(employer: Employer) -> None:
    """M35, M39, A3: none for a prévoyance-only member, none before the cover begins."""
    provident = employer.member(contracts=[employer.provident["number"]])
    assert provident.call("GET", "/member/balances").status_code == 404
    to_come = employer.member(starts_on=f"{employer.portal.today() + timedelta(days=10)}")
    answer = to_come.call("GET", "/member/balances")
    assert (answer.status_code, "pas en cours" in answer.json()["detail"]) == (404, True)


@pytest.mark.parametrize(
    ("affiliated_on", "first"),
    [
        (date(2026, 1, 1), date(2027, 1, 1)),
        (date(2026, 3, 31), date(2027, 3, 31)),
        (date(2024, 2, 29), date(2025, 2, 28)),
        (date(2023, 2, 28), date(2024, 2, 28)),
    ],
)
def test_the_level_may_change_twelve_months_after_the_adhesion(affiliated_on: date, first: date) -> None:
    """M31."""
    assert eligible_from(affiliated_on) == first


def test_the_space_shows_the_day_and_the_broker_and_changes_nothing(employer: Employer) -> None:
    """M29, M30, M31, M32, M33: in santé only; no route takes a change."""
    today = employer.portal.today()
    shown = employer.member(starts_on=f"{today}").get("/member/level-change")
    assert (shown["affiliated_on"], shown["eligible_from"]) == (f"{today}", f"{eligible_from(today)}")
    assert not shown["eligible"]
    assert shown["broker"]["name"] == employer.file["broker"]["name"]
    assert "courtier" in shown["sentence"]
    early = date(today.year - 1, today.month, 1) - timedelta(days=40)
    member = employer.member(starts_on=f"{early}")
    assert member.get("/member/level-change")["eligible"]
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert member.call(method, "/member/level-change", json={}).status_code in {403, 404, 405}
    provident = employer.member(contracts=[employer.provident["number"]])
    expect(provident.call("GET", "/member/level-change"), 404)


def test_a_night_that_no_counter_bounds_shows_nothing(employer: Employer, yesterday: date) -> None:
    """M35: sixty euros a night, as many nights as it takes."""
    member = employer.member()
    me = member.get("/member")
    Patient(employer.portal, member, me["beneficiaries"][0]["beneficiary_id"], me["numero_adherent"]).claim(
        room(yesterday)
    )
    assert "chambre" not in ceilings(member.get("/member/balances"), "Léa Martin")


def test_who_shares_a_ceiling_is_said() -> None:
    """M35: the family's and the contract's are counted together."""
    for scope in (Scope.FAMILY, Scope.CONTRACT):
        clause = replace(osteo(max_count=3), counter=Counter(scope=scope))
        [probe] = probes(table(clause), on=TODAY, person=ADULT, contract_start=START, past=Past())
        assert [one.scope for one in balances_of(probe, {})] == [scope]
