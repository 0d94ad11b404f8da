"""What a contract promises to a hospital is what its engine pays (M66, M69, M71; dossier 1.5, 3.1)."""

import doctest
from datetime import date
from typing import Any

import pytest

from chalicelib.domain import acts, hospital, hospital_commitment, hospital_guarantees, quote, resemblance
from chalicelib.domain.adjudication.care import Beneficiary, Care, Regime
from chalicelib.domain.adjudication.claim import counters_needed
from chalicelib.domain.adjudication.limits import Used
from chalicelib.domain.guarantee import CounterKey, GuaranteeTable
from chalicelib.domain.hospital_commitment import PlannedStay, Promise, Speciality, validity
from chalicelib.domain.hospital_guarantees import Terms, lines_of, promises
from chalicelib.domain.money import in_euros

START = date(2024, 1, 1)
STAY = PlannedStay(
    enters_on=date(2026, 3, 10), leaves_on=date(2026, 3, 14), speciality=Speciality.SURGERY, private_room=True
)
HOSPITAL: dict[str, Any] = {"id": "h", "label": "H", "families": ["hospitalisation"], "kind": "actual_cost"}


def table(*clauses: dict[str, Any]) -> GuaranteeTable:
    """A table of hospital clauses."""
    return GuaranteeTable.from_data(
        {"code": "T", "version": 1, "valid_from": "2024-01-01", "responsible": False, "clauses": list(clauses)}
    )


def room(**guarantee: Any) -> dict[str, Any]:
    """A clause of private rooms."""
    return {"id": "room", "label": "Chambre particulière", "acts": ["CP"], **guarantee}


def cares(stay: PlannedStay, regime: Regime = Regime.GENERAL) -> list[Care]:
    """The lines of a stay as the engine reads them."""
    found = []
    for line in lines_of(stay):
        act = acts.find(line.act)
        assert act is not None
        found.append(
            Care(
                on=line.care_on,
                act=line.act,
                family=act.family,
                expense_cents=line.expense_cents,
                quantity=line.quantity,
                base_cents=line.base_cents,
                optam=line.optam,
                beneficiary=Beneficiary(age=40, exemption=line.exemption, regime=regime),
            )
        )
    return found


def promised(stay: PlannedStay, guarantees: GuaranteeTable, **more: Any) -> dict[str, Promise]:
    """What is promised, by label."""
    counters: dict[CounterKey, Used] = more.get("counters", {})
    terms = Terms(
        table=guarantees,
        contract_start=START,
        covered_from=more.get("covered_from", START),
        counters=counters,
        history=(),
    )
    return {one.label: one for one in promises(stay, cares(stay, more.get("regime", Regime.GENERAL)), terms)}


def test_daily_charges_ticket_moderateur_heavy_act_and_room() -> None:
    """M66, M69: the amounts of the law on the day of admission, the contract's own for the room."""
    found = promised(STAY, table(room(kind="fixed_amount", amount_cents=6000, per="night"), HOSPITAL))
    charge = found["Forfait journalier hospitalier"]
    assert charge.sentence == f"Pris en charge\u00a0: {in_euros(2300)} par jour."
    assert found["Ticket modérateur des frais de séjour"].sentence == "Pris en charge en totalité."
    assert found["Participation forfaitaire pour acte lourd"].total_cents == 2400
    private = found["Chambre particulière"]
    assert (private.unit_cents, private.total_cents) == (6000, 24000)
    assert "60,00\u00a0€ par nuit" in private.sentence


@pytest.mark.parametrize(("used", "total"), [(0, 12000), (1, 6000), (2, 0)])
def test_a_limit_of_nights_counts_those_already_used(used: int, total: int) -> None:
    """M71: at most two nights a year; what is left of them is what the hospital may count on."""
    guarantees = table(
        room(kind="fixed_amount", amount_cents=6000, per="night", max_count=2, count_per="year"), HOSPITAL
    )
    lines = [one for one in cares(STAY) if one.act == "CP"]
    [key] = counters_needed(lines, table=guarantees, contract_start=START)
    found = promised(STAY, guarantees, counters={key: Used(amount_cents=6000 * used, count=used)})
    private = found["Chambre particulière"]
    if total:
        assert (private.unit_cents, private.total_cents) == (6000, total)
    else:
        assert private.sentence == "Non pris en charge."


def test_an_unknown_end_promises_nights_and_no_total() -> None:
    """M66."""
    stay = PlannedStay(enters_on=STAY.enters_on, leaves_on=None, speciality=Speciality.PSYCHIATRY, private_room=True)
    found = promised(stay, table(room(kind="percent_of_pmss", percent="1.5", per="night"), HOSPITAL))
    assert found["Forfait journalier hospitalier en psychiatrie"].unit_cents == 1700
    assert (found["Chambre particulière"].unit_cents, found["Chambre particulière"].total_cents) == (6008, None)
    assert "Participation forfaitaire pour acte lourd" not in found


def test_real_costs_name_no_amount_and_no_clause_promises_nothing() -> None:
    """Dossier 3.1: « frais réels »; an act without a clause is not paid."""
    found = promised(STAY, table(room(kind="actual_cost")))
    assert found["Chambre particulière"].sentence == "Pris en charge\u00a0: frais réels."
    assert found["Chambre particulière"].unit_cents is None
    assert found["Forfait journalier hospitalier"].sentence == "Non pris en charge."


def test_a_waiting_period_promises_nothing_yet() -> None:
    """Contract clause: covered since last week, a hundred days to wait."""
    waiting = room(kind="actual_cost", waiting_days=100)
    found = promised(STAY, table(waiting, HOSPITAL), covered_from=date(2026, 3, 1))
    assert found["Chambre particulière"].sentence == "Non pris en charge."


def test_what_the_scheme_bears_is_not_promised() -> None:
    """CSS L174-4, L160-14: maternity; the local scheme of Alsace-Moselle bears no heavy act."""
    birth = PlannedStay(
        enters_on=STAY.enters_on, leaves_on=STAY.leaves_on, speciality=Speciality.MATERNITY, private_room=False
    )
    found = promised(birth, table(HOSPITAL))
    assert found["Forfait journalier hospitalier"].sentence == "Non dû pour cette hospitalisation."
    assert found["Ticket modérateur des frais de séjour"].sentence == "Pris en charge par la Sécurité sociale."
    local = promised(STAY, table(HOSPITAL), regime=Regime.ALSACE_MOSELLE)
    assert local["Participation forfaitaire pour acte lourd"].sentence == "Non due pour cette hospitalisation."


def test_a_percentage_of_the_ticket_moderateur_is_told() -> None:
    """Dossier 3.1: half of the base in addition to the scheme never exceeds what is left."""
    half = {"id": "s", "label": "Séjour", "acts": ["SEJ"], "kind": "percent_of_base", "percent": "90"}
    found = promised(STAY, table(half))
    assert found["Ticket modérateur des frais de séjour"].sentence == "Pris en charge à 50\u00a0%."


def test_a_long_stay_is_promised_to_its_end() -> None:
    """M71: thirty days from the admission, longer for a longer stay, never past the rights."""
    long = PlannedStay(
        enters_on=date(2026, 3, 2), leaves_on=date(2026, 6, 2), speciality=Speciality.REHABILITATION, private_room=False
    )
    assert validity(long, rights_end_on=None) == (long.enters_on, date(2026, 6, 2))
    assert validity(long, rights_end_on=date(2026, 4, 30)) == (long.enters_on, date(2026, 4, 30))


@pytest.mark.parametrize("module", [hospital, hospital_commitment, hospital_guarantees, quote, resemblance])
def test_the_examples_hold(module: Any) -> None:
    assert doctest.testmod(module).failed == 0
