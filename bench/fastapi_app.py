"""The employees' route in FastAPI behind Mangum, as their own guides write it."""

import time
from datetime import date
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from mangum import Mangum
from pydantic import BaseModel, ConfigDict, Field

from bench import plain

app = FastAPI(openapi_url=None)
lambda_handler = Mangum(app, lifespan="off", text_mime_types=["application/json", "application/problem+json"])


class EmployeeQuery(BaseModel):
    """Which page of the list."""

    model_config = ConfigDict(extra="forbid")

    after: Annotated[str, Field(max_length=600)] | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50


class Employee(BaseModel):
    """An employee as the list shows them."""

    member_id: str
    name: str
    last_name: str
    first_name: str
    email: str | None
    numero_adherent: str | None
    reference: str
    state: str
    state_label: str
    contract_ids: list[str]
    risks: list[str]
    starts_on: date | None
    ends_on: date | None
    invited_until: date | None


class EmployeePage(BaseModel):
    """One page of employees."""

    employees: list[Employee]
    next: str | None


async def employer_of_company(company_id: str, authorization: Annotated[str, Header()] = "") -> str:
    """Let in an employer of the company."""
    return plain.admit(authorization, company_id)


# ``async`` although boto3 blocks: a Lambda answers one request at a time, and a ``def`` would go through a thread.
@app.get(plain.ROUTE)
async def list_employees(
    company_id: str,
    account_id: Annotated[str, Depends(employer_of_company)],
    query: Annotated[EmployeeQuery, Query()],
    response: Response,
) -> EmployeePage:
    """One page of the company's employees."""
    response.headers.update(plain.HEADERS)
    found = plain.page(company_id, query.after, query.limit)
    plain.note(account_id, found)
    return EmployeePage.model_validate(found)


@app.exception_handler(plain.Problem)
async def answer_problem(request: Request, problem: plain.Problem) -> JSONResponse:
    """The answer to anything but a page."""
    return JSONResponse(problem.body, problem.status, headers=problem.headers)


@app.exception_handler(RequestValidationError)
async def answer_faults(request: Request, error: RequestValidationError) -> JSONResponse:
    """The answer to parameters that pydantic refused."""
    return await answer_problem(request, plain.faulty([(one["loc"][-1], one["type"]) for one in error.errors()]))


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer one event of API Gateway."""
    started = time.perf_counter()
    answer: dict[str, Any] = dict(lambda_handler(event, context))
    plain.log_request(answer["statusCode"], started)
    return answer
