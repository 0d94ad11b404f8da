"""What is particular to the state machine that calls contributions; the rest is that of every distributed map."""

from chalicelib.services.contribution_runs import NOT_CALLED
from tests.infra.documents import declared
from tests.infra.test_distributed_maps import CONTRIBUTIONS


def test_a_contract_answers_nothing_and_the_report_reads_what_became_of_it() -> None:
    assert CONTRIBUTIONS.child["Issue"]["ResultSelector"] == {}


def test_a_contract_that_was_not_called_raises_an_alarm() -> None:
    alarms = declared("AWS::CloudWatch::Alarm").values()
    [alarm] = [one for one in alarms if one.get("MetricName") == NOT_CALLED]
    assert (alarm["Namespace"], alarm["Threshold"]) == ("EspaceAssure", 0)


def test_a_day_without_a_contract_to_call_has_its_report_too() -> None:
    choice = CONTRIBUTIONS.states["HasContracts"]
    assert (choice["Choices"][0]["Next"], choice["Default"]) == ("Call", "Report")
