"""Step Functions: starting the execution of a claim once, and answering a step that waits for a person."""

import json

from chalicelib import settings
from chalicelib.gateways.aws import client


def start_claim(claim_id: str, *, version: int) -> None:
    """Start the execution of a claim's round; a second start of the same round changes nothing."""
    sfn = client("stepfunctions")
    machine = f"arn:aws:states:{settings.region()}:{settings.account_id()}:stateMachine:{settings.claim_workflow()}"
    try:
        sfn.start_execution(
            stateMachineArn=machine,
            name=f"{claim_id}-{version}",
            input=json.dumps({"claim_id": claim_id, "version": version}),
        )
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
