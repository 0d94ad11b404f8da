"""The fragments make one template, and cannot contradict each other unseen."""

from copy import deepcopy

import pytest

from infra.merge import DeclaredTwice, for_stage, fragments, merge, template
from tests.infra.documents import STAGES


def test_fragments_may_each_say_a_part_of_a_resource() -> None:
    first = {"Resources": {"A": {"Type": "T", "Properties": {"Name": "a"}}}}
    second = {"Resources": {"A": {"Properties": {"Size": 1}}, "B": {"Type": "T"}}}
    whole = merge(first, second)
    assert whole == {"Resources": {"A": {"Type": "T", "Properties": {"Name": "a", "Size": 1}}, "B": {"Type": "T"}}}


@pytest.mark.parametrize(
    ("first", "second", "place"),
    [
        ({"A": {"Type": "T"}}, {"A": {"Type": "T"}}, "A.Type"),
        ({"A": {"Name": {"Ref": "X"}}}, {"A": {"Name": {"Fn::Sub": "y"}}}, "A.Name"),
        ({"A": {"Name": {"Ref": "X"}}}, {"A": {"Name": {"more": 1}}}, "A.Name"),
        ({"A": {"Tags": ["x"]}}, {"A": {"Tags": ["y"]}}, "A.Tags"),
    ],
    ids=["the same value", "two functions", "a function and a value", "two lists"],
)
def test_two_fragments_never_say_the_same_part(first: dict, second: dict, place: str) -> None:
    with pytest.raises(DeclaredTwice, match=f"^{place}$"):
        merge(first, second)


def test_merging_leaves_the_fragments_as_they_were() -> None:
    parts = fragments()
    before = deepcopy(parts)
    merge(*parts)["Resources"]["DataKey"]["Properties"].clear()
    assert parts == before


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_s_template_cannot_be_deployed_as_another_stage(stage: str) -> None:
    parameters = template(stage)["Parameters"]
    assert parameters["Stage"]["AllowedValues"] == [parameters["Stage"]["Default"]] == [stage]


def test_a_stage_s_values_become_the_parameters_defaults() -> None:
    values = {"ESPACE_STAGE": "s", "ESPACE_PORTAL_ORIGIN": "https://p.example", "ESPACE_MAIL_FROM": "a@m.example"}
    parameters = for_stage(merge(*fragments()), values)["Parameters"]
    assert parameters["PortalOrigin"]["Default"] == "https://p.example"
    assert parameters["MailIdentity"]["Default"] == "m.example"


def test_an_unknown_stage_is_refused() -> None:
    with pytest.raises(KeyError, match="nowhere"):
        template("nowhere")
