"""The employees' route with boto3 alone: session check and page, for the two applications we are measured against.

It says the same as ``chalicelib`` in as few lines as it takes, and imports nothing of it.
"""

import base64
import binascii
import hashlib
import json
import os
import time
from datetime import UTC, datetime
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

Json = dict[str, Any]

ROUTE = "/employer/companies/{company_id}/employees"
PREFIX = f"espace-assure-{os.environ.get('ESPACE_STAGE', 'local')}"
ACCOUNTS = f"{PREFIX}-accounts"
MEMBERS = f"{PREFIX}-members"
IDLE_SECONDS = 30 * 60
LIFETIME_SECONDS = 12 * 3600

HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "Access-Control-Allow-Origin": os.environ.get("ESPACE_PORTAL_ORIGIN", "http://localhost:8000"),
    "Access-Control-Allow-Headers": (
        "Authorization,Content-Type,Idempotency-Key,X-Amz-Date,X-Amz-Security-Token,X-Api-Key"
    ),
    "Access-Control-Expose-Headers": "Retry-After",
    "Access-Control-Max-Age": "600",
}

LABELS = {
    "PRE_AFFILIATED": "Pré-affilié",
    "INVITATION_EXPIRED": "Invitation expirée",
    "PENDING_DOCUMENTS": "En attente de pièces",
    "ACTIVE": "Affilié",
    "CANCELLED": "Annulé",
}

SENTENCES = {
    "cursor": "Reprenez la valeur «\u00a0next\u00a0» de la page précédente.",
    "extra_forbidden": "Ce champ n’est pas attendu ici.",
    "greater_than_equal": "La valeur doit être supérieure ou égale à 1.",
    "int_parsing": "Indiquez un nombre entier.",
    "less_than_equal": "La valeur doit être inférieure ou égale à 100.",
    "string_too_long": "Ce champ est trop long (600 caractères au plus).",
}

REGION = os.environ.get("AWS_REGION", "eu-west-3")
CONFIG = Config(connect_timeout=1, read_timeout=3, retries={"max_attempts": 2})

dynamodb = boto3.client("dynamodb", region_name=REGION, config=CONFIG)
sqs = boto3.client("sqs", region_name=REGION, config=CONFIG)


class Problem(Exception):
    """An answer that is not a page of employees."""

    def __init__(self, status: int, code: str, title: str, detail: str, **more: Any) -> None:
        super().__init__(code)
        self.status = status
        kind = f"urn:espace-assure:problem:{code}"
        self.body = {"type": kind, "title": title, "status": status, "code": code, "detail": detail, **more}
        self.headers = HEADERS | {"Content-Type": "application/problem+json"}
        if status == 401:
            self.headers["WWW-Authenticate"] = "Bearer"


def not_signed_in() -> Problem:
    """No session, or one that has ended."""
    detail = "Votre session est terminée ou vous n’êtes pas connecté. Identifiez-vous pour continuer."
    return Problem(401, "not_signed_in", "Connexion nécessaire", detail)


def forbidden() -> Problem:
    """The session of somebody who is no employer."""
    return Problem(403, "forbidden", "Accès refusé", "Votre compte ne permet pas cette opération.")


def not_found() -> Problem:
    """Somebody else's company."""
    return Problem(404, "not_found", "Introuvable", "Cet élément n’existe pas ou ne vous est pas accessible.")


def faulty(faults: list[tuple[str, str]]) -> Problem:
    """Parameters that were refused, each with the code of its fault."""
    errors = [{"field": field, "code": code, "detail": SENTENCES[code]} for field, code in faults]
    return Problem(422, "invalid_fields", "Champs à corriger", "Certains champs sont à corriger.", errors=errors)


def admit(authorization: str, company_id: str) -> str:
    """Let in an employer of the company; returns their account's id.

    Errors: ``Problem``.
    """
    scheme, _, token = authorization.partition(" ")
    token = token.strip()
    owner, _, secret = token.partition(".")
    plausible = len(owner) == 32 and owner.isalnum() and owner.isascii() and 20 <= len(secret) <= 64
    if scheme.lower() != "bearer" or not plausible:
        raise not_signed_in()
    items = _account_and_session(owner, f"SESSION#{hashlib.sha256(token.encode()).hexdigest()}")
    account, session = items.pop("ACCOUNT", None), next(iter(items.values()), None)
    if account is None or session is None:
        raise not_signed_in()
    known = json.loads(account["document"]["S"])
    now = int(time.time())
    same_generation = int(session["generation"]["N"]) == known["generation"]
    if known["state"] != "active" or not same_generation or int(session["expires"]["N"]) < now:
        raise not_signed_in()
    _keep_open(session, now)
    if known["kind"] != "employer":
        raise forbidden()
    if company_id not in known["subject_ids"]:
        raise not_found()
    return owner


def _account_and_session(owner: str, session: str) -> dict[str, Json]:
    keys = [{"account_id": {"S": owner}, "item": {"S": item}} for item in ("ACCOUNT", session)]
    wanted: Json = {ACCOUNTS: {"Keys": keys, "ConsistentRead": True}}
    items: dict[str, Json] = {}
    while wanted:
        answer = dynamodb.batch_get_item(RequestItems=wanted)
        items |= {item["item"]["S"]: item for item in answer["Responses"].get(ACCOUNTS, ())}
        wanted = answer.get("UnprocessedKeys", {})
    return items


def _keep_open(session: Json, now: int) -> None:
    until = min(now + IDLE_SECONDS, int(session["started"]["N"]) + LIFETIME_SECONDS)
    if until - int(session["expires"]["N"]) <= IDLE_SECONDS / 2:
        return
    try:
        dynamodb.put_item(
            TableName=ACCOUNTS,
            Item={**session, "expires": {"N": str(until)}},
            ConditionExpression="attribute_exists(account_id)",
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise


def page(company_id: str, after: str | None, limit: int) -> Json:
    """One page of the company's employees.

    Errors: ``Problem`` for a cursor that is none of ours.
    """
    arguments: Json = {
        "TableName": MEMBERS,
        "IndexName": "by-company",
        "KeyConditionExpression": "company_id = :company",
        "ExpressionAttributeValues": {":company": {"S": company_id}},
        "Limit": limit,
    }
    if after:
        arguments["ExclusiveStartKey"] = _start(company_id, after)
    answer = dynamodb.query(**arguments)
    last = answer.get("LastEvaluatedKey")
    return {
        "employees": [_employee(json.loads(item["summary"]["S"])) for item in answer["Items"]],
        "next": base64.urlsafe_b64encode(last["listed_as"]["S"].encode()).decode() if last else None,
    }


def note(account_id: str, seen: Json) -> None:
    """Have it noted in the journal of each employee of a page that the employer has seen them."""
    people = sorted(one["member_id"] for one in seen["employees"])
    if not people:
        return
    now = datetime.now(UTC)
    told = {
        "entry_id": hashlib.sha256(f"{account_id}{now:%Y%m%d%H}".encode()).hexdigest()[:32],
        "at": now.isoformat(),
        "viewer": {"kind": "employer", "account_id": account_id, "name": ""},
        "groups": ["identity"],
        "purpose": ROUTE,
        "reason": "",
        "request_id": "",
    }
    sqs.send_message(QueueUrl=_journal(), MessageBody=json.dumps({"consultation": told, "member_ids": people}))


@cache
def _journal() -> str:
    return str(sqs.get_queue_url(QueueName=f"{PREFIX}-journal")["QueueUrl"])


def _start(company_id: str, cursor: str) -> Json:
    try:
        listed_as = base64.urlsafe_b64decode(cursor.encode()).decode()
    except (binascii.Error, ValueError):
        raise faulty([("after", "cursor")]) from None
    member_id = listed_as.rpartition("#")[2]
    return {"company_id": {"S": company_id}, "listed_as": {"S": listed_as}, "member_id": {"S": member_id}}


def _employee(summary: Json) -> Json:
    return {
        "member_id": summary["member_id"],
        "name": summary["name"],
        "last_name": summary["last_name"],
        "first_name": summary["first_name"],
        "email": summary["email"],
        "numero_adherent": summary["numero_adherent"],
        "reference": summary["reference"],
        "state": summary["state"],
        "state_label": LABELS[summary["state"]],
        "contract_ids": summary["contract_ids"],
        "risks": summary["risks"],
        "starts_on": summary["starts_on"],
        "ends_on": summary["ends_on"],
        "invited_until": summary["invited_until"],
    }


def log_request(status: int, started: float) -> None:
    """The one line that a request leaves in the log."""
    elapsed = round((time.perf_counter() - started) * 1000)
    print(json.dumps({"event": "request", "route": ROUTE, "method": "GET", "status": status, "duration_ms": elapsed}))
