"""Step Functions: starting the execution of a claim or a large file once, answering a step that waits for a person."""

import json
from collections.abc import Mapping

from chalicelib import settings
from chalicelib.gateways.aws import client


def start_claim(claim_id: str, *, version: int) -> None:
    """Start the execution of a claim's round; a second start of the same round changes nothing."""
    _start(settings.claim_workflow(), f"{claim_id}-{version}", {"claim_id": claim_id, "version": version})


def start_intake_batch(name: str, given: Mapping[str, str | int]) -> None:
    """Start the execution of a large intake file; a second start under the same name changes nothing."""
    _start(settings.intake_batch_workflow(), name, given)


def start_contributions(name: str, given: Mapping[str, str | int]) -> None:
    """Start a run that calls contributions; a second start under the same name changes nothing."""
    _start(settings.contributions_workflow(), name, given)


def _start(machine: str, name: str, given: Mapping[str, str | int]) -> None:
    sfn = client("stepfunctions")
    arn = f"arn:aws:states:{settings.region()}:{settings.account_id()}:stateMachine:{machine}"
    try:
        sfn.start_execution(stateMachineArn=arn, name=name, input=json.dumps(given))
    except sfn.exceptions.ExecutionAlreadyExists:
        return


def answer(task_token: str, decision: str) -> bool:
    """Give a waiting step its answer; false when it no longer waits."""
    sfn = client("stepfunctions")
    try:
        sfn.send_task_success(taskToken=task_token, output=json.dumps({"decision": decision}))
    except (sfn.exceptions.TaskTimedOut, sfn.exceptions.InvalidToken, sfn.exceptions.TaskDoesNotExist):
        return False
    return True
