"""What the state machine interpreter is doing, seen from inside the process."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from chalicelib import settings


@dataclass(frozen=True, slots=True)
class Execution:
    """One execution; ``waits`` while it is parked on a task token, until somebody answers."""

    name: str
    machine: str
    status: str
    state: str
    waits: bool
    started_at: datetime


def executions(*, running: bool = False) -> list[Execution]:
    """Every execution, or those that have not ended, newest first."""
    found = [
        _describe(machine.name, execution)
        for machine in _machines()
        for execution in list(machine.executions)
        if not running or execution.status == "RUNNING"
    ]
    return sorted(found, key=lambda execution: execution.started_at, reverse=True)


def stop_executions() -> None:
    """Abort what still runs."""
    for machine in _machines():
        for execution in list(machine.executions):
            if execution.status == "RUNNING" and execution.exec_worker.env is not None:
                execution.stop(stop_date=datetime.now().astimezone(), error="Stopped", cause="The local stack stops.")


def forget_executions() -> None:
    """Abort what still runs and forget every execution."""
    stop_executions()
    for machine in _machines():
        machine.executions.clear()


def _machines() -> list[Any]:
    backend = stepfunctions_parser_backends[settings.account_id()][settings.region()]
    return [machine for machine in backend.state_machines if machine.name.startswith(f"{settings.prefix()}-")]


def _describe(machine: str, execution: Any) -> Execution:
    history = list(execution.to_history_output()["events"])
    entered = [event["stateEnteredEventDetails"]["name"] for event in history if "stateEnteredEventDetails" in event]
    return Execution(
        name=execution.name,
        machine=machine,
        status=execution.status,
        state=entered[-1] if entered else "",
        waits=execution.status == "RUNNING" and bool(history) and _parked(execution, history[-1]),
        started_at=execution.start_date,
    )


def _parked(execution: Any, last_event: dict[str, Any]) -> bool:
    """Whether the last thing done was to hand out a task token that nobody has answered."""
    if last_event["type"] != "TaskSubmitted":
        return False
    endpoints = list(execution.exec_worker.env.callback_pool_manager._pool.values())
    return bool(endpoints) and not endpoints[-1]._notify_event.is_set()
