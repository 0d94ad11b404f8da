"""What a list of ten thousand employees costs: as much as one of a hundred; a search, a bounded part at a time."""

import json
from collections.abc import Callable, Iterator

import pytest
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.dynamo_type import DynamoType

from chalicelib import settings
from chalicelib.domain.member import AffiliationState
from chalicelib.services import employees, tokens
from chalicelib.services.employees import Filters
from local.clients import client
from tests.api import Call, aws_calls
from tests.services.conftest import Employer, Json
from tests.services.test_employees import found, person, saved

COUNT = 10_000


@pytest.fixture(scope="module")
def crowds(employer: Employer) -> Iterator[tuple[str, str]]:
    """A company of 10,000 and one of 100, copied from one employee of each; gone afterwards.

    Copies go straight into the simulated table: ten thousand writes would take longer than all the rest.
    """
    table = dynamodb_backends[settings.account_id()][settings.region()].tables[settings.table("members")]
    written: list[str] = []
    companies = []
    for count in (COUNT, 100):
        company_id = tokens.new_id()
        model = person(company_id, "Camille", "Modèle", email="modele@exemple.fr")
        saved(model)
        key = {"member_id": {"S": model.member_id}}
        item = client("dynamodb").get_item(TableName=table.name, Key=key)["Item"]
        client("dynamodb").delete_item(TableName=table.name, Key=key)
        for position in range(count):
            copy = _copy(item, position)
            table.put_item(copy)
            written.append(copy["member_id"]["S"])
        companies.append(company_id)
    yield companies[0], companies[1]
    for member_id in written:
        table.delete_item(DynamoType({"S": member_id}), None)


def _copy(item: Json, position: int) -> Json:
    """Another employee like one: « Nom 00042 »; a first name of one in a hundred is « Rare »."""
    member_id = tokens.new_id()
    summary = json.loads(item["summary"]["S"]) | {
        "member_id": member_id,
        "last_name": f"Nom {position:05d}",
        "first_name": "Rare" if position % 100 == 7 else "Camille",
        "name": f"{'Rare' if position % 100 == 7 else 'Camille'} Nom {position:05d}",
    }
    return item | {
        "member_id": {"S": member_id},
        "listed_as": {"S": f"nom {position:05d} {summary['first_name'].casefold()}#{member_id}"},
        "summary": {"S": json.dumps(summary)},
    }


def _asked(run: Callable[[], object]) -> list[Call]:
    with aws_calls() as calls:
        run()
    return calls


def test_a_page_of_ten_thousand_costs_what_a_page_of_a_hundred_costs(crowds: tuple[str, str]) -> None:
    """H48: one query, which reads the fifty employees it shows and no other; so do a name and a state."""
    for filters in ({}, {"name": "nom 0005"}, {"state": AffiliationState.ACTIVE}):
        costs = []
        for company_id in crowds:
            calls = _asked(lambda: found(company_id, **filters))  # noqa: B023 - called at once
            costs.append([(one.operation, one.parameters["Limit"]) for one in calls])
            [call] = calls
            assert "FilterExpression" not in call.parameters
        assert costs[0] == costs[1] == [("dynamodb.Query", 50)]


def test_any_page_of_ten_thousand_costs_the_same(crowds: tuple[str, str]) -> None:
    """H48: the last page is read as the first, from where the one before ended."""
    company_id, _ = crowds
    page, after = employees.page(company_id, Filters(name="nom 0998"), after=None, limit=5)
    assert [one.last_name for one in page] == [f"Nom 0998{digit}" for digit in range(5)]
    calls = _asked(lambda: employees.page(company_id, Filters(), after=after, limit=5))
    assert [one.parameters["Limit"] for one in calls] == [5]


def test_a_search_that_no_key_leads_to_reads_a_bounded_part_at_a_time(crowds: tuple[str, str]) -> None:
    """H49: 2,000 employees at most for one request; the cursor leads on from there, in the list's order."""
    company_id, _ = crowds
    with aws_calls() as calls:
        page, after = employees.page(company_id, Filters(text="rare"), after=None, limit=100)
    assert [(one.operation, one.parameters["Limit"]) for one in calls] == [("dynamodb.Query", 500)] * 4
    assert [one.last_name for one in page] == [f"Nom {position:05d}" for position in range(7, 2_000, 100)]
    assert after is not None
    assert after.startswith("nom 01999 ")
