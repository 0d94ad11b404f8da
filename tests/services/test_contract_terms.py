"""The prices of a contract in the files an insurer drops: accepted, refused, changed later.

Requirements H7, H39; dossier 4.2 to 4.4.
"""

from datetime import date
from typing import Any

import pytest

from chalicelib.domain.contributions.tariff import Role, Structure
from chalicelib.storage import companies, contracts, contributions
from local.stack import Stack
from tests import samples
from tests.portal import Portal
from tests.services.billed import ALONE_OR_FAMILY, HEALTH, PROVIDENT, TRANCHES, on, subscribed
from tests.services.conftest import Json, refused

JANUARY = date(2025, 1, 1)


def report_of(portal: Portal, terms: Json, *, provident: bool = False, **changes: Any) -> Json:
    file = samples.subscription()
    if provident:
        file["contracts"] = [samples.provident_contract()]
    file["contracts"][0] |= {"starts_on": "2025-01-01", "contributions": terms} | changes
    with on(JANUARY):
        return portal.drop(f"{file['reference']}.json", file)


def not_called(report: Json) -> set[str]:
    return {one["place"] for one in report["not_called"]}


def test_labels_alone_still_make_a_tariff(portal: Portal, stack: Stack) -> None:
    company = subscribed(portal, stack, terms=HEALTH, starts_on=JANUARY)
    contract = contracts.get(company.company_id, company.contract_id)
    assert contract is not None
    [tariff] = contract.terms.tariffs
    assert (tariff.structure, {one.role for one in tariff.prices}) == (Structure.SIZE, {Role.ALONE, Role.FAMILY})
    assert company.books.account.bill_on == date(2025, 2, 1)


@pytest.mark.parametrize(
    ("terms", "place"),
    [
        (HEALTH | {"rates": []}, "contracts[0].contributions.prices"),
        (HEALTH | {"rates": [ALONE_OR_FAMILY[0] | {"label": "Palier 7"}]}, "contracts[0].contributions.rates[0].label"),
        (HEALTH | {"employer_share_percent": "40"}, "contracts[0].contributions.employer_percent"),
    ],
)
def test_labels_that_say_too_little_are_accepted_but_not_called(portal: Portal, terms: Json, place: str) -> None:
    """As files were accepted before; the report says what lacks for the contributions to be called."""
    report = report_of(portal, terms)
    assert report["outcome"] == "accepted"
    assert not_called(report) == {place}


def test_an_old_prevoyance_contract_is_not_called_since_its_taxes_are_not_known(portal: Portal) -> None:
    """Dossier 4.4: what it insures decides; the account says so, and a new tariff mends it."""
    report = report_of(portal, {name: PROVIDENT[name] for name in PROVIDENT if name != "taxes"}, provident=True)
    assert not_called(report) == {"contracts[0].contributions.taxes"}
    number = report["companies"][0]["numero_adherent"]
    company = companies.by_number(number)
    assert company is not None
    [contract] = contracts.of_company(company.company_id)
    account = contributions.account(company.company_id, contract.contract_id)
    assert account is not None
    assert account.trouble is not None
    assert (account.bill_on, account.trouble.code) == (None, "terms_incomplete")
    assert "soumises à chaque taxe" in account.trouble.sentence
    file: Json = {
        "kind": "tariff_change",
        "reference": f"TARIF-{number}",
        "numero_adherent": number,
        "contract": contract.number,
        "tariffs": [
            {"valid_from": "2025-01-01", "employer_share_percent": "60", "rates": TRANCHES,
             "taxes": [{"kind": "exonere", "share_percent": "40"},
                       {"kind": "indemnites_journalieres", "share_percent": "60"}]},
        ],
    }  # fmt: skip
    with on(date(2025, 3, 10)):
        assert portal.drop("tarif.json", file)["outcome"] == "accepted"
        assert portal.drop("tarif-bis.json", file)["outcome"] == "unchanged"
    mended = contributions.account(company.company_id, contract.contract_id)
    assert mended is not None
    assert (mended.bill_on, mended.trouble, mended.next_from) == (date(2025, 3, 10), None, JANUARY)


@pytest.mark.parametrize(
    ("terms", "faults"),
    [
        (
            HEALTH | {"taxes": [{"kind": "sante_responsable", "share_percent": "90"}]},
            {("contracts[0].contributions.taxes", "invalid")},
        ),
        (
            HEALTH | {"rates": [ALONE_OR_FAMILY[0] | {"role": "isole"}]},
            {("contracts[0].contributions.prices", "invalid")},
        ),
        (
            HEALTH
            | {"tariffs": [{"valid_from": "2025-06-02", "employer_share_percent": "30", "rates": ALONE_OR_FAMILY}]},
            {
                ("contracts[0].contributions.tariffs[0].valid_from", "invalid"),
                ("contracts[0].contributions.tariffs[0].employer_percent", "invalid"),
            },
        ),
        (HEALTH | {"called_from": "2024-12-01"}, {("contracts[0].contributions.called_from", "before_start")}),
    ],
)
def test_what_says_more_than_labels_must_be_right(portal: Portal, terms: Json, faults: set[tuple[str, str]]) -> None:
    assert refused(report_of(portal, terms)) == faults


def test_a_change_of_tariff_names_a_contract_that_is_there_and_right_prices(portal: Portal, stack: Stack) -> None:
    company = subscribed(portal, stack, terms=HEALTH, starts_on=JANUARY)
    file: Json = {
        "kind": "tariff_change",
        "reference": f"TARIF-FAUX-{company.number}",
        "numero_adherent": company.number,
        "contract": company.contract_number,
        "tariffs": [{"valid_from": "2025-06-01", "employer_share_percent": "60", "rates": ALONE_OR_FAMILY[:1]}],
    }
    assert refused(portal.drop("a.json", file)) == {("tariffs[0].prices", "invalid")}
    assert refused(portal.drop("b.json", file | {"contract": "AUTRE-1"})) == {("contract", "unknown_contract")}
    assert refused(portal.drop("c.json", file | {"numero_adherent": "0000000"})) == {
        ("numero_adherent", "unknown_company"),
    }


def test_a_subscription_that_broke_off_before_its_accounts_is_made_good_by_the_next_delivery(
    portal: Portal, stack: Stack
) -> None:
    """What the file says of the first month to call holds, however late the file comes again."""
    terms = HEALTH | {"called_from": "2025-03-01"}
    company = subscribed(portal, stack, terms=terms, starts_on=JANUARY)
    contributions.ContributionAccountRow.get(company.company_id, company.contract_id).delete()
    with on(date(2025, 6, 20)):
        assert portal.drop("encore.json", company.file)["outcome"] == "unchanged"
        assert portal.drop("encore.json", company.file)["outcome"] == "unchanged"
    account = company.books.account
    assert (account.next_from, account.bill_on, account.version) == (date(2025, 3, 1), date(2025, 6, 20), 1)


def test_the_last_day_of_a_month_may_be_the_due_day(portal: Portal, stack: Stack) -> None:
    """A due day that a month lacks is its last: 31 January's call is due on 28 February 2025."""
    company = subscribed(portal, stack, terms=HEALTH | {"due_day": 31}, starts_on=JANUARY)
    with on(JANUARY):
        company.enrol(starts_on="2025-01-01")
    company.run(date(2025, 2, 1))
    assert [one.due_on for one in company.issued()] == [date(2025, 2, 28)]
