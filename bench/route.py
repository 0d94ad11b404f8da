"""One route, three implementations: what a warm request takes, and how much of it is spent in calls to AWS."""

import gc
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Any
from unittest import mock
from urllib.parse import parse_qsl

from botocore.client import BaseClient

from chalicelib import clock
from chalicelib.domain.account import Account, AccountKind, AccountState, EmployerRole
from chalicelib.domain.company import Risk
from chalicelib.domain.member import Affiliation, AffiliationState, Beneficiary, BeneficiaryState, Member
from chalicelib.services import tokens
from chalicelib.storage import accounts, members
from chalicelib.storage.transaction import Transaction
from local.functions import Context

Json = dict[str, Any]
Handler = Callable[[Json, Any], Mapping[str, Any]]

RESOURCE = "/employer/companies/{company_id}/employees"
EMPLOYEES = 30
PAGE = 20
WARM_UP = 20
ROUNDS = 200


class Disagreement(Exception):
    """The implementations do not do the same, so comparing their times would mean nothing."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One request: seconds in all, seconds within calls to AWS, and which calls."""

    total: float
    aws: float
    calls: tuple[str, ...]

    @property
    def own(self) -> float:
        """Seconds outside of any call to AWS."""
        return self.total - self.aws


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What one implementation took: medians in milliseconds, and medians of its ratios to the first, round by round."""

    name: str
    total_ms: float
    aws_ms: float
    own_ms: float
    total_ratio: float
    own_ratio: float
    calls: tuple[str, ...]


class Calls:
    """The calls to AWS of the present request, seen where botocore begins them, whichever library asks for them."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self.seconds = 0.0
        self.names: list[str] = []
        self._clock = clock

    @contextmanager
    def watched(self) -> Iterator[None]:
        """While this lasts, every call is counted."""
        call: Callable[[BaseClient, str, Json], Json] = vars(BaseClient)["_make_api_call"]

        def timed(client: BaseClient, name: str, arguments: Json) -> Json:
            started = self._clock()
            try:
                return call(client, name, arguments)
            finally:
                self.seconds += self._clock() - started
                self.names.append(name)

        with mock.patch.object(BaseClient, "_make_api_call", timed):
            yield

    def sample(self, handler: Handler, event: Json, context: Context) -> tuple[Sample, Mapping[str, Any]]:
        """Run one request."""
        self.seconds, self.names = 0.0, []
        started = time.perf_counter()
        answer = handler(event, context)
        return Sample(time.perf_counter() - started, self.seconds, tuple(self.names)), answer


class Employer:
    """An employer who is signed in, and the employees of the company."""

    def __init__(self) -> None:
        self.company_id = tokens.new_id()
        self.account = Account(
            account_id=tokens.new_id(),
            kind=AccountKind.EMPLOYER,
            state=AccountState.ACTIVE,
            email="rh@entreprise.example",
            display_name="Camille Martin",
            subject_ids=(self.company_id,),
            role=EmployerRole.READER,
            created_at=clock.now(),
        )
        self.token, self._digest = tokens.new_token(self.account.account_id)
        with Transaction() as transaction:
            accounts.save(transaction, self.account)
        for number in range(EMPLOYEES):
            with Transaction() as transaction:
                members.save(transaction, _employee(self.company_id, number))
        self.sign_in()

    def sign_in(self, ago: timedelta = timedelta()) -> None:
        """Open the session, or put it back to what it was after its last use some time ago."""
        used = clock.now() - ago
        accounts.open_session(self.account, self._digest, started=used, expires=used + timedelta(minutes=30))

    def event(self, query: str, *, company_id: str = "", token: str | None = None) -> Json:
        """A request of this employer as API Gateway hands it over."""
        company_id = company_id or self.company_id
        path = RESOURCE.format(company_id=company_id)
        bearer = self.token if token is None else token
        headers = {"Accept": "application/json", "Host": "localhost", "X-Forwarded-Proto": "https"}
        if bearer:
            headers["Authorization"] = f"Bearer {bearer}"
        values = dict(parse_qsl(query, keep_blank_values=True))
        return {
            "resource": RESOURCE,
            "path": path,
            "httpMethod": "GET",
            "headers": headers,
            "multiValueHeaders": {name: [value] for name, value in headers.items()},
            "queryStringParameters": values or None,
            "multiValueQueryStringParameters": {name: [value] for name, value in values.items()} or None,
            "pathParameters": {"company_id": company_id},
            "stageVariables": None,
            "requestContext": {
                "resourcePath": RESOURCE,
                "httpMethod": "GET",
                "path": f"/api{path}",
                "stage": "api",
                "requestId": "bench",
                "identity": {"sourceIp": "192.0.2.1", "userAgent": "bench"},
            },
            "body": None,
            "isBase64Encoded": False,
        }


def _employee(company_id: str, number: int) -> Member:
    holder = Beneficiary(
        beneficiary_id=tokens.new_id(),
        rank=1,
        relationship=None,
        first_name="Dominique",
        last_name=f"Salarié {number:02}",
        birth_date=date(1985, 4, 12),
        nir=None,
        covered_from=date(2026, 1, 1),
        state=BeneficiaryState.ACTIVE,
    )
    affiliation = Affiliation(
        contract_id=tokens.new_id(), risk=Risk.HEALTH, starts_on=date(2026, 1, 1), state=AffiliationState.ACTIVE
    )
    return Member(
        member_id=tokens.new_id(),
        company_id=company_id,
        email=f"salarie{number:02}@entreprise.example",
        numero_adherent=f"12345670{number:06}",
        beneficiaries=(holder,),
        affiliations=(affiliation,),
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


def check_agreement(handlers: Mapping[str, Handler]) -> int:
    """Send the same requests to every implementation, good ones and bad ones; returns how many.

    Errors: ``Disagreement`` when two differ by status, body, a security header or the calls they make.
    """
    employer, calls, context = Employer(), Calls(), Context("bench")
    with calls.watched():
        for handler in handlers.values():
            _, first = calls.sample(handler, employer.event(f"limit={PAGE}"), context)
        cursor = json.loads(first["body"])["next"]
        events = [
            (employer.event(query), ago)
            for query in (f"limit={PAGE}", f"after={cursor}", "limit=0", "limit=101", "limit=x&page=2", "after=x", "")
            for ago in (timedelta(), timedelta(minutes=20), timedelta(minutes=40))
        ]
        stranger = tokens.new_token(employer.account.account_id)[0]
        events += [
            (employer.event("", company_id=tokens.new_id()), timedelta()),
            (employer.event("", token=stranger), timedelta()),
            (employer.event("", token="no-token"), timedelta()),
            (employer.event("", token=""), timedelta()),
        ]
        for event, ago in events:
            seen = {}
            for name, handler in handlers.items():
                employer.sign_in(ago)
                sample, answer = calls.sample(handler, event, context)
                seen[name] = _said(answer) | {"calls": sample.calls}
            _compare(seen, f"{event['queryStringParameters']}, session last used {ago} ago")
    return len(events)


def _compare(seen: Mapping[str, Json], request: str) -> None:
    first = next(iter(seen.values()))
    for part in first:
        values = {name: str(answer[part]) for name, answer in seen.items()}
        if len(set(values.values())) > 1:
            raise Disagreement("\n".join([f"{request}: {part}", *(f"{name}: {said}" for name, said in values.items())]))


def _said(answer: Mapping[str, Any]) -> Json:
    """Status, body and headers of an answer, in one order and without the header that a server adds by itself."""
    several = answer.get("multiValueHeaders") or {}
    headers = {name: values[0] for name, values in several.items()} | dict(answer["headers"])
    named = sorted((name.lower(), value) for name, value in headers.items() if name.lower() != "content-length")
    return {"status": answer["statusCode"], "body": json.loads(answer["body"]), "headers": named}


def measure(handlers: Mapping[str, Handler]) -> list[Figures]:
    """Time the same good request in every implementation, in turns, so that noise hits all of them alike."""
    calls, context = Calls(), Context("bench")
    event = Employer().event(f"limit={PAGE}")
    samples: dict[str, list[Sample]] = {name: [] for name in handlers}
    order = list(handlers)
    with calls.watched():
        for turn in range(WARM_UP + ROUNDS):
            if turn == WARM_UP:
                gc.collect()
                gc.freeze()
            order.append(order.pop(0))
            for name in order:
                sample, _ = calls.sample(handlers[name], event, context)
                if turn >= WARM_UP:
                    samples[name].append(sample)
    gc.unfreeze()
    yardstick = samples[next(iter(handlers))]
    return [_figures(name, taken, yardstick) for name, taken in samples.items()]


def _figures(name: str, taken: list[Sample], yardstick: list[Sample]) -> Figures:
    pairs = list(zip(taken, yardstick, strict=True))
    return Figures(
        name=name,
        total_ms=median(one.total for one in taken) * 1000,
        aws_ms=median(one.aws for one in taken) * 1000,
        own_ms=median(one.own for one in taken) * 1000,
        total_ratio=median(one.total / other.total for one, other in pairs),
        own_ratio=median(one.own / other.own for one, other in pairs),
        calls=taken[-1].calls,
    )
