"""Deploying with the ordinary AWS command line, as ``infra/README.md`` says."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from infra.compact import compact
from rehearsal.adaptation import Template
from rehearsal.emulator import ACCOUNT, REGION, Emulator

ARTEFACTS = "rehearsal-artefacts"
SUFFIX = "-rehearsal"
STAGE = "staging"
STACK = f"espace-assure-{STAGE}"
PREFIX = f"{STACK}-"


class CommandFailed(Exception):
    """The AWS command line refused something; the text says what it said."""


class CommandLine:
    """``aws``, pointed at the emulator and at nothing else."""

    def __init__(self, environment: Path, emulator: Emulator) -> None:
        self._aws = environment / "bin" / "aws"
        self._url = emulator.url
        outside = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ESPACE_"))}
        self._variables = outside | emulator.variables()

    def run(self, *arguments: str | Path) -> Any:
        """What a command answers.

        Errors: ``CommandFailed``.
        """
        done = subprocess.run(  # noqa: S603 - our own arguments
            [self._aws, *arguments, "--output", "json", "--endpoint-url", self._url],
            env=self._variables, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise CommandFailed(f"aws {' '.join(map(str, arguments[:2]))}: {done.stderr.strip()[-2000:]}")
        return json.loads(done.stdout) if done.stdout.lstrip().startswith(("{", "[")) else done.stdout


def deploy(aws: CommandLine, emulator: Emulator, template: Path) -> str:
    """Deploy a packaged stage and have its sender verified; returns the address of its API.

    Errors: ``CommandFailed``, with what CloudFormation refused.
    """
    packaged = template.with_name("packaged.json")
    aws.run("s3", "mb", f"s3://{ARTEFACTS}")
    aws.run("cloudformation", "package", "--template-file", template, "--s3-bucket", ARTEFACTS, "--use-json",
            "--output-template-file", packaged)  # fmt: skip
    compact(packaged)
    parameters = {"BucketSuffix": SUFFIX, "UploadEndpoint": emulator.url}
    try:
        aws.run("cloudformation", "deploy", "--template-file", packaged, "--stack-name", STACK,
                "--s3-bucket", ARTEFACTS, "--capabilities", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND",
                "--parameter-overrides", *(f"{name}={value}" for name, value in parameters.items()))  # fmt: skip
    except CommandFailed as failed:
        raise CommandFailed(f"{failed}\n{_refusals(aws)}") from failed
    aws.run("ses", "verify-domain-identity", "--domain", mail_identity(json.loads(template.read_text("utf-8"))))
    [stack] = aws.run("cloudformation", "describe-stacks", "--stack-name", STACK)["Stacks"]
    api = next(one["OutputValue"] for one in stack["Outputs"] if one["OutputKey"] == "RestAPIId")
    return f"{emulator.url}/_aws/execute-api/{api}/api"


def mail_identity(template: Template) -> str:
    """What SES must have verified."""
    return str(template["Parameters"]["MailIdentity"]["Default"])


def named_by_aws(template: Template) -> dict[str, str]:
    """On what AWS checks the actions that the emulator checks on nothing in particular."""
    return {
        "ses:SendEmail": f"arn:aws:ses:{REGION}:{ACCOUNT}:identity/{mail_identity(template)}",
        "states:SendTaskSuccess": f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{STACK}-claim",
    }


def delete(aws: CommandLine) -> None:
    """Delete the stack; its data stay, as they would on AWS.

    Errors: ``CommandFailed``.
    """
    aws.run("cloudformation", "delete-stack", "--stack-name", STACK)
    aws.run("cloudformation", "wait", "stack-delete-complete", "--stack-name", STACK)


def _refusals(aws: CommandLine) -> str:
    try:
        events = aws.run("cloudformation", "describe-stack-events", "--stack-name", STACK)["StackEvents"]
    except CommandFailed:
        return ""
    failed = [one for one in events if one["ResourceStatus"].endswith("FAILED")]
    return "\n".join(f"{one['LogicalResourceId']}: {one.get('ResourceStatusReason', '')}" for one in failed)
