"""Rules of a place, of a programme or of an age, and what a decision remembers of the catalogue."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.domain import acts
from chalicelib.domain.adjudication import exemptions
from chalicelib.domain.adjudication.care import (
    Beneficiary,
    Care,
    Component,
    Exemption,
    ItemClass,
    Part,
    Territory,
    Withheld,
)
from chalicelib.domain.adjudication.claim import settle_claim
from chalicelib.domain.adjudication.complementary import Terms
from chalicelib.domain.adjudication.decision import Decision, decide, settle_again
from chalicelib.domain.adjudication.explanation import Doubt
from chalicelib.domain.adjudication.history import PastAct
from chalicelib.domain.adjudication.settlement import settle
from chalicelib.domain.errors import Conflict, FieldErrors
from chalicelib.domain.estimate import Lever, estimate
from chalicelib.domain.guarantee import FullBasket, GuaranteeTable, PercentOfBase, TicketModerateur

ON = date(2026, 3, 2)
ADULT = Beneficiary(age=40)
GP = Care(on=ON, act="G", family="consultation", expense_cents=3000, beneficiary=ADULT)
PSYCHOLOGIST = replace(GP, act="MSP", expense_cents=5000)
TABLE = GuaranteeTable.from_data(
    {
        "code": "T",
        "version": 1,
        "valid_from": "2024-01-01",
        "clauses": [{"id": "c", "label": "C", "families": list(acts.families()), "kind": "ticket_moderateur"}],
    }
)


def _missing(care: Care, *, guarantee: FullBasket | TicketModerateur | None = None) -> tuple[tuple[Doubt, ...], str]:
    result = settle(care, Terms(guarantee=guarantee or FullBasket()))
    return result.doubts, dict(result.steps[-1].inputs)["missing"]


@pytest.mark.parametrize(
    ("care", "missing"),
    [
        (replace(GP, territory=Territory.REUNION), "ro.br.G.reunion"),
        (
            replace(GP, act="AUD-I", family="audio", territory=Territory.REUNION, beneficiary=Beneficiary(age=12)),
            "audio.br.child.reunion",
        ),
        (
            replace(GP, act="HBLD350", family="dentaire_prothese", beneficiary=Beneficiary(exemption=Exemption.C2S)),
            "dental.hlf.HBLD350.c2s",
        ),
        (
            replace(GP, act="HBLD038", family="dentaire_prothese", beneficiary=Beneficiary(exemption=Exemption.C2S)),
            "dental.hlf.HBLD038.c2s",
        ),
        (
            replace(
                GP,
                act="OPT-A",
                family="optique",
                territory=Territory.REUNION,
                components=(Component(part=Part.FRAME, item_class=ItemClass.A, expense_cents=3000),),
            ),
            "optic.br.frame.a.reunion",
        ),
    ],
)
def test_a_figure_that_no_source_gives_is_named_never_guessed(care: Care, missing: str) -> None:
    assert _missing(care) == ((Doubt.NO_LEGAL_VALUE,), missing)


@pytest.mark.parametrize(("day", "known"), [("2024-02-24", False), ("2024-02-25", True), ("2024-12-31", True)])
def test_the_prices_of_the_c2s_are_those_of_2024(day: str, known: bool) -> None:
    """Arrêté of 23 February 2024: from 25 February to 31 December 2024."""
    person = Beneficiary(age=40, exemption=Exemption.C2S)
    for act, limit in (("HBLD038", 26218), ("HBLD634", 45125)):
        care = Care(
            on=date.fromisoformat(day), act=act, family="dentaire_prothese", expense_cents=60000, beneficiary=person
        )
        result = settle(care, Terms(guarantee=FullBasket()))
        assert result.decided is known
        assert result.complementary_cents == (limit - 7200 if known else 0)


@pytest.mark.parametrize("act", ["TO90", "GL"])
def test_an_act_of_an_age_needs_the_statement_when_the_age_is_unknown(act: str) -> None:
    """Orthodontics under 16, long consultation after 80: an unknown age is an adult's."""
    care = replace(GP, act=act, family=acts.catalogue()[act].family, beneficiary=Beneficiary())
    assert _missing(care, guarantee=TicketModerateur()) == ((Doubt.STATUTORY_NOT_STATED,), act)


def test_twelve_sessions_of_a_psychologist_are_covered_in_a_civil_year() -> None:
    """Mon soutien psy: former claims and former lines count, those of another year do not."""

    def paid(*history: PastAct) -> list[int]:
        claim = settle_claim([PSYCHOLOGIST] * 2, table=TABLE, contract_start=ON, counters={}, history=history)
        return [line.statutory_paid_cents for line in claim.lines]

    this_year = [PastAct(act="MSP", on=date(2026, 1, 5), quantity=5), PastAct(act="MSP", on=date(2026, 2, 2))]
    assert paid(*this_year) == [3000, 3000]
    assert paid(*this_year, PastAct(act="MSP", on=date(2026, 2, 3), quantity=5)) == [3000, 0]
    assert paid(*this_year, PastAct(act="MSP", on=date(2025, 12, 31), quantity=12)) == [3000, 3000]
    assert paid(*this_year, PastAct(act="G", on=date(2026, 2, 3), quantity=12)) == [3000, 3000]


def test_a_session_before_the_programme_of_2024_needs_the_statement() -> None:
    first = date(2024, 6, 15)
    assert settle(replace(PSYCHOLOGIST, on=first), Terms(guarantee=TicketModerateur())).statutory_paid_cents == 3000
    before = replace(PSYCHOLOGIST, on=date(2024, 6, 14))
    assert _missing(before, guarantee=TicketModerateur()) == ((Doubt.NO_LEGAL_VALUE,), "ro.br.MSP")


@pytest.mark.parametrize(
    ("age", "doubts"),
    [(15, (Doubt.STATUTORY_GAP,)), (16, ())],
)
def test_a_lower_rate_stated_for_a_child_is_looked_at(age: int, doubts: tuple[Doubt, ...]) -> None:
    """Dossier 1.2 and 3.2: the pathway binds from 16; the statement is applied, a person looks."""
    care = replace(GP, rate_percent=Decimal(30), in_pathway=False, beneficiary=Beneficiary(age=age))
    result = settle(care, Terms(guarantee=PercentOfBase(percent=Decimal(100))))
    assert (result.statutory_gross_cents, result.doubts) == (900, doubts)
    assert result.complementary_cents == (2100 if age == 15 else 900)


def test_a_contrat_responsable_pays_no_overrun_out_of_the_pathway() -> None:
    """CSS R871-1: base 31.50, in the pathway 22.05; the contract pays 9.45 of 80.00, another one its 150 %."""
    care = replace(GP, act="CS", expense_cents=8000, in_pathway=False)
    clauses = [{"id": "c", "label": "C", "acts": ["CS"], "kind": "percent_of_base", "percent": "150"}]
    data: dict[str, Any] = {"code": "T", "version": 1, "valid_from": "2024-01-01", "clauses": clauses}
    for responsible, paid in ((True, 945), (False, 2520)):
        table = GuaranteeTable.from_data(data | {"responsible": responsible})
        [line] = settle_claim([care], table=table, contract_start=ON, counters={}).lines
        assert line.complementary_cents == paid


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"expense_cents": -1}, "care.expense_cents"),
        ({"expense_cents": 30.5}, "care.expense_cents"),
        ({"base_cents": 30.0}, "care.base_cents"),
        ({"quantity": 0}, "care.quantity"),
        ({"on": "2026-03-02"}, "care.on"),
        ({"on": datetime(2026, 3, 2)}, "care.on"),  # noqa: DTZ001 - what is refused
        ({"rate_percent": 70.0}, "care.rate_percent"),
        ({"withheld": Withheld(franchise=-1)}, "care.withheld.franchise"),
        (
            {"already_withheld": Withheld(participation_forfaitaire=True)},
            "care.already_withheld.participation_forfaitaire",
        ),
        ({"already_covered_units": -1}, "care.already_covered_units"),
        ({"location": "11", "quantity": 2}, "care.quantity"),
    ],
)
def test_a_line_that_is_not_one_names_the_field_to_correct(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(FieldErrors) as refused:
        replace(GP, **changes)
    assert [fault.field for fault in refused.value.faults] == [field]
    assert refused.value.faults[0].message.endswith(".")


def _decided() -> Decision:
    exempt = replace(GP, beneficiary=Beneficiary(age=40, exemption=Exemption.ALD))
    past = [PastAct(act="OPT-A", on=GP.on)]
    return decide([GP, exempt], table=TABLE, contract_start=ON, counters={}, history=past)


def test_a_decision_names_what_it_read_of_the_catalogue_and_of_the_exemptions() -> None:
    decision = _decided()
    assert [name for name, _ in decision.catalogue] == ["act G", "act OPT-A", "exemption ald"]
    assert dict(decision.catalogue)["exemption ald"] == exemptions.fingerprint(Exemption.ALD)
    assert Decision.from_bytes(decision.to_bytes()) == decision
    assert settle_again(decision).to_bytes() == decision.to_bytes()


@pytest.mark.parametrize("changed", ["act G", "act OPT-A", "exemption ald"])
def test_a_catalogue_that_changed_since_is_found_out(changed: str) -> None:
    decision = _decided()
    then = tuple((name, "0" * 64 if name == changed else digest) for name, digest in decision.catalogue)
    with pytest.raises(Conflict) as found:
        settle_again(replace(decision, catalogue=then))
    assert (found.value.code, found.value.details) == ("catalogue_changed", {"changed": changed})


def test_a_decision_that_recorded_no_catalogue_keeps_its_bytes() -> None:
    older = replace(_decided(), catalogue=())
    assert b'"catalogue"' not in older.to_bytes()
    assert settle_again(Decision.from_bytes(older.to_bytes())).to_bytes() == older.to_bytes()


def test_the_digest_of_an_act_ignores_its_label_and_sees_its_family() -> None:
    assert acts.fingerprint("ATM", family="") == acts.fingerprint("ADC", family="")
    assert acts.fingerprint("XYZ", family="consultation") != acts.fingerprint("XYZ", family="audio")


def test_the_alternative_of_an_estimate_is_priced_where_the_care_is_given() -> None:
    """M43: in Réunion, the 100 % Santé hearing aid costs 1 140.00 at most."""
    care = replace(GP, act="AUD-II", family="audio", expense_cents=160000, territory=Territory.REUNION)
    clauses = [
        {"id": "a", "label": "A", "acts": ["AUD-I"], "kind": "full_basket"},
        {"id": "b", "label": "B", "acts": ["AUD-II"], "kind": "ticket_moderateur"},
    ]
    table = GuaranteeTable.from_data({"code": "T", "version": 1, "valid_from": "2024-01-01", "clauses": clauses})
    [change] = estimate([care], table=table, contract_start=ON, counters={}).changes
    assert (change.lever, change.expense_cents, change.left_to_pay_cents) == (Lever.FULL_BASKET, 114000, 0)
