"""The employees' route as a bare Lambda handler: boto3 and checks written by hand."""

import json
import time
from typing import Any

from bench import plain

HEADERS = plain.HEADERS | {"Content-Type": "application/json"}


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer one event of API Gateway."""
    started = time.perf_counter()
    headers = {name.lower(): value for name, value in event["headers"].items()}
    company_id = event["pathParameters"]["company_id"]
    try:
        account_id = plain.admit(headers.get("authorization", ""), company_id)
        after, limit = _checked(event["queryStringParameters"] or {})
        found = plain.page(company_id, after, limit)
        plain.note(account_id, found)
        answer = _answer(200, found, HEADERS)
    except plain.Problem as problem:
        answer = _answer(problem.status, problem.body, problem.headers)
    plain.log_request(answer["statusCode"], started)
    return answer


def _checked(query: dict[str, str]) -> tuple[str | None, int]:
    faults = []
    after = query.get("after")
    if after is not None and len(after) > 600:
        faults.append(("after", "string_too_long"))
    limit = 50
    try:
        limit = int(query.get("limit", limit))
    except ValueError:
        faults.append(("limit", "int_parsing"))
    if limit < 1:
        faults.append(("limit", "greater_than_equal"))
    if limit > 100:
        faults.append(("limit", "less_than_equal"))
    faults += [(name, "extra_forbidden") for name in query if name not in {"after", "limit"}]
    if faults:
        raise plain.faulty(faults)
    return after, limit


def _answer(status: int, body: dict[str, Any], headers: dict[str, str]) -> dict[str, Any]:
    content = json.dumps(body, separators=(",", ":"))
    return {"statusCode": status, "headers": headers, "body": content, "isBase64Encoded": False}
