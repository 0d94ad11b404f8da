"""What the routes cost: the exact calls to AWS of the main ones, warm, and never a read without a bound."""

from collections import Counter
from typing import Any

import pytest

from chalicelib.services import employees
from tests.api import AGENT, COLLEAGUE, HR, MEMBER, REQUESTS, Answer, Call, World, aws_calls, sample
from tests.portal import PASSWORD

SESSION = "dynamodb.BatchGetItem"
GET = "dynamodb.GetItem"
QUERY = "dynamodb.Query"
UPDATE = "dynamodb.UpdateItem"
BATCH = "dynamodb.BatchGetItem"
SEVERAL_LISTS = {
    # what was declared before and after the writing, and who is concerned each time
    "PUT /employer/companies/{company_id}/contracts/{contract_id}/salaries/{month}": 5,
    "/dunning/{number}/resumption": 2,
    "/home": 5,
    "/affiliation-files": 2,
    "/member/claims": 2,
    "/member/hospital-commitments": 2,
    # the contracts, the employees, what was declared for a contract
    "/salaries": 3,
    "/salaries/{month}": 2,
    "/salaries/{month}/template": 2,
}
MANY_READS = {
    # the contribution, its statement and account, the company, the contract, what dunning has done
    "/dunning/{number}/suspension": 6,
    "/dunning/{number}/termination": 6,
    "/dunning/{number}/resumption": 8,
}
READ = "s3.GetObject"
TRANSACTION = "dynamodb.TransactWriteItems"
# an access to members' data, told to their journals before the answer leaves
NOTED = "sqs.SendMessage"

# The whole list of calls, in order. One more is a decision to take, not an accident: it costs every user a few
# milliseconds and the insurer a little money, at each request.
COSTS = [
    # who is slowed down (address, target), who it is, the session
    ("POST /access/employer/sessions", None, [GET, GET, UPDATE, UPDATE, "dynamodb.DeleteItem", "dynamodb.PutItem"]),
    (
        "POST /access/member/sessions",
        None,
        [GET, GET, UPDATE, UPDATE, "dynamodb.DeleteItem", "dynamodb.PutItem", NOTED],
    ),
    ("DELETE /access/session", MEMBER, [SESSION, "dynamodb.DeleteItem"]),
    # account and session in one call, then what is asked for
    ("GET /employer/companies", HR, [SESSION, "dynamodb.BatchGetItem"]),
    ("GET /employer/companies/{company_id}/employees", HR, [SESSION, QUERY, NOTED]),
    ("GET /employer/companies/{company_id}/employees/{member_id}", HR, [SESSION, GET, NOTED]),
    # the same whatever the number of employees: company, contracts, headcount, requests, invitations that end soon,
    # contributions
    ("GET /employer/companies/{company_id}/home", HR, [SESSION, GET, QUERY, QUERY, QUERY, QUERY, QUERY, NOTED]),
    ("GET /employer/companies/{company_id}/contracts/{contract_id}", HR, [SESSION, GET, GET]),
    ("POST /employer/companies/{company_id}/employee-exports", HR, [SESSION, "sqs.SendMessage"]),
    ("GET /employer/companies/{company_id}/contributions", HR, [SESSION, QUERY]),
    # the statement, what became of it, the company and its mandate
    ("GET /employer/companies/{company_id}/contributions/{number}", HR, [SESSION, GET, GET, GET]),
    ("GET /employer/companies/{company_id}/contributions/{number}/lines", HR, [SESSION, GET, READ, NOTED]),
    ("GET /employer/companies/{company_id}/contributions/{number}/document", HR, [SESSION, GET, "s3.HeadObject"]),
    # asked again: the action that was done
    ("POST /employer/companies/{company_id}/contributions/{number}/actions", HR, [SESSION, GET, GET, GET]),
    ("POST /employer/companies/{company_id}/contribution-exports", HR, [SESSION, "sqs.SendMessage"]),
    # the account with its balance, the postings
    ("GET /employer/companies/{company_id}/contracts/{contract_id}/ledger", HR, [SESSION, GET, QUERY]),
    # the contract, what was foreseen today, what was called
    (
        "GET /employer/companies/{company_id}/contracts/{contract_id}/payment-schedule",
        HR,
        [SESSION, GET, READ, QUERY],
    ),
    ("GET /employer/companies/{company_id}/users", HR, [SESSION, QUERY]),
    ("GET /employer/profile", HR, [SESSION]),
    ("GET /employer/companies/{company_id}/requests", HR, [SESSION, QUERY, NOTED]),
    ("GET /employer/companies/{company_id}/requests/{request_id}", HR, [SESSION, GET, NOTED]),
    # the company, what the key stands for, whether it was used before, the change under way and whom to tell of its end
    (
        "POST /employer/companies/{company_id}/bank-details",
        HR,
        [SESSION, GET, "kms.GenerateMac", GET, GET, QUERY, TRANSACTION, "sqs.SendMessage"],
    ),
    # the change, to see whose it is, whether a code was just sent, and under the transaction's condition
    (
        "POST /employer/companies/{company_id}/bank-details/{request_id}/signature-code",
        HR,
        [SESSION, GET, GET, UPDATE, GET, "kms.GenerateMac", TRANSACTION, "sqs.SendMessage"],
    ),
    # the contract, the address among those invited and those affiliated, the company; the mail's sealing key; all at
    # once; the mail's worker
    (
        "POST /employer/companies/{company_id}/pre-affiliations",
        HR,
        [SESSION, GET, GET, GET, GET, TRANSACTION, "sqs.SendMessage", NOTED],
    ),
    # contracts and employees once, whatever the number of rows; what was read
    ("POST /employer/companies/{company_id}/affiliation-files", HR, [SESSION, QUERY, QUERY, "s3.PutObject"]),
    # the rows, whether they are being applied, and what has become of each hundred of them
    ("GET /employer/companies/{company_id}/affiliation-files/{file_id}", HR, [SESSION, READ, READ, READ]),
    # the contracts, the employees in pages and in hundreds, the pay of a year for each contract on pay
    ("GET /employer/companies/{company_id}/salaries", HR, [SESSION, QUERY, QUERY, BATCH, BATCH, QUERY]),
    (
        "GET /employer/companies/{company_id}/contracts/{contract_id}/salaries/{month}",
        HR,
        [SESSION, GET, QUERY, QUERY, BATCH, NOTED],
    ),
    # what is known already is not written again
    (
        "PUT /employer/companies/{company_id}/contracts/{contract_id}/salaries/{month}",
        HR,
        [SESSION, GET, QUERY, QUERY, BATCH, NOTED],
    ),
    ("POST /employer/companies/{company_id}/payroll-files", HR, [SESSION, GET, "s3.PutObject"]),
    # what was announced, what the check found, whether it was recorded
    ("GET /employer/companies/{company_id}/payroll-files/{file_id}", HR, [SESSION, READ, READ, READ]),
    # the files that are open, and what is owed of each
    ("GET /backoffice/dunning", AGENT, [SESSION, QUERY, BATCH, BATCH]),
    # the file and the debt, the company, the contract, whom to tell; all at once; the debt as it has become
    (
        "POST /backoffice/dunning/{number}/suspension",
        AGENT,
        [SESSION, GET, GET, GET, GET, QUERY, TRANSACTION, "sqs.SendMessage", GET, GET],
    ),
    # nothing is recorded
    ("POST /employer/companies/{company_id}/employees/{member_id}/departure/preview", HR, [SESSION, GET, NOTED]),
    # the member, whether the same person is asked for already
    (
        "POST /employer/companies/{company_id}/employees/{member_id}/beneficiaries",
        HR,
        [SESSION, GET, GET, TRANSACTION, NOTED],
    ),
    # the library lies in the package: only the risks held are read
    ("GET /employer/companies/{company_id}/contents", HR, [SESSION, QUERY]),
    ("GET /member/contents", MEMBER, [SESSION, GET]),
    # what the question is about, and no more
    ("POST /employer/companies/{company_id}/assistant", HR, [SESSION, QUERY]),
    ("POST /member/assistant", MEMBER, [SESSION, GET, GET, QUERY, "dynamodb.BatchGetItem"]),
    # the contract and the company on the sheet, whether it is written
    (
        "GET /employer/companies/{company_id}/contracts/{contract_id}/dsn/document",
        HR,
        [SESSION, GET, GET, "s3.HeadObject"],
    ),
    # the member, the company, its contracts
    ("GET /member", MEMBER, [SESSION, GET, GET, QUERY]),
    # the member, what the scheme's flow has told
    ("GET /member/claims/needs", MEMBER, [SESSION, GET, QUERY]),
    # the member, whether the key was used before, what was paid for since that day, the other claims that are open;
    # as it resembles one, whether the person's care may be told
    ("POST /member/claims", MEMBER, [SESSION, GET, GET, QUERY, QUERY, BATCH, TRANSACTION, GET]),
    # how often, the member, the contract, what was paid in the year (the guard of counters first), the ceilings used
    ("POST /member/simulations", MEMBER, [SESSION, UPDATE, GET, GET, BATCH, QUERY, BATCH]),
    # the member, whether the key was used before, the contract; the estimate itself is made by a worker
    ("POST /member/estimates", MEMBER, [SESSION, GET, GET, GET, TRANSACTION]),
    # the devis; as it is estimated, whether the person's care may be told
    ("GET /member/estimates/{request_id}", MEMBER, [SESSION, GET, GET]),
    # the same for a stay, the stays asked for before, the hospital's entry in the directory; the document's worker
    (
        "POST /member/hospital-commitments",
        MEMBER,
        [SESSION, GET, GET, QUERY, BATCH, GET, GET, BATCH, QUERY, TRANSACTION, "sqs.SendMessage"],
    ),
    ("GET /member/hospital-commitments/{request_id}", MEMBER, [SESSION, GET]),
    ("GET /backoffice/hospitals", AGENT, [SESSION, QUERY]),
    # the request, and again under the transaction's condition
    ("POST /member/requests/{request_id}/uploads", MEMBER, [SESSION, GET, GET, TRANSACTION]),
    ("GET /member/beneficiaries", MEMBER, [SESSION, GET]),
    # the member, whether the same person is asked for already
    ("POST /member/beneficiaries", MEMBER, [SESSION, GET, GET, TRANSACTION]),
    # the member, whether that démarche is there; the mail's worker
    (
        "POST /member/beneficiaries/{beneficiary_id}/removal",
        MEMBER,
        [SESSION, GET, GET, TRANSACTION, "sqs.SendMessage"],
    ),
    ("GET /member/addresses", MEMBER, [SESSION, GET]),
    # whether the key was used before, the member; the mail's worker
    ("POST /member/addresses", MEMBER, [SESSION, GET, GET, TRANSACTION, "sqs.SendMessage"]),
    # the member, what the key stands for, whether it was used before, the change under way and the account, to tell of
    # its end
    (
        "POST /member/bank-details",
        MEMBER,
        [SESSION, GET, "kms.GenerateMac", GET, GET, GET, TRANSACTION, "sqs.SendMessage"],
    ),
    ("GET /member/account", MEMBER, [SESSION, GET]),
    ("PUT /member/accountant", MEMBER, [SESSION, GET, TRANSACTION]),
    ("GET /member/requests", MEMBER, [SESSION, QUERY]),
    ("GET /member/teletransmission", MEMBER, [SESSION, GET]),
    # the member, whether a démarche waits for its attestation already
    (
        "POST /member/beneficiaries/{beneficiary_id}/teletransmission/activation",
        MEMBER,
        [SESSION, GET, GET, TRANSACTION],
    ),
    ("POST /member/beneficiaries/{beneficiary_id}/teletransmission/deactivation", MEMBER, [SESSION, GET, TRANSACTION]),
    ("GET /backoffice/flows", AGENT, [SESSION, QUERY]),
    # the décompte, whom it may concern
    ("GET /backoffice/flows/{flow_id}", AGENT, [SESSION, GET, "dynamodb.BatchGetItem"]),
    # the décompte and its item of the queue, then both written
    ("POST /backoffice/flows/{flow_id}/dropping", AGENT, [SESSION, GET, GET, TRANSACTION]),
    # the member, a page of décomptes, their payment orders
    ("GET /member/reimbursements", MEMBER, [SESSION, GET, QUERY, "dynamodb.BatchGetItem"]),
    ("GET /member/reimbursements/{reimbursement_id}", MEMBER, [SESSION, GET, GET, "dynamodb.BatchGetItem"]),
    ("GET /member/reimbursement-totals", MEMBER, [SESSION, GET, QUERY, "dynamodb.BatchGetItem"]),
    ("POST /member/reimbursement-exports", MEMBER, [SESSION, GET, "sqs.SendMessage"]),
    # the member, their requests, the ids of the year's décomptes, the transfers that came back
    ("GET /member/home", MEMBER, [SESSION, GET, QUERY, QUERY, QUERY]),
    # the member, the contract, whether the card is written
    ("GET /member/card", MEMBER, [SESSION, GET, GET, "s3.HeadObject", NOTED]),
    # the member, the contract, the company and its broker
    ("GET /member/level-change", MEMBER, [SESSION, GET, GET, GET]),
    # the member, the contract, what was decided before, every counter at once
    ("GET /member/balances", COLLEAGUE, [SESSION, GET, GET, QUERY, "dynamodb.BatchGetItem"]),
    ("GET /member/consents", MEMBER, [SESSION, GET]),
    # who is slowed down; a code that was not signed here is not looked up
    ("POST /rights-check", None, [UPDATE, UPDATE]),
    # what waits, the companies' names; the journal of those whose names are shown
    ("GET /backoffice/queue", AGENT, [SESSION, QUERY, "dynamodb.BatchGetItem", NOTED]),
    # one read by key of the few items of every group
    ("GET /backoffice/queue/groups", AGENT, [SESSION, "dynamodb.BatchGetItem"]),
    ("GET /backoffice/claims/{claim_id}", AGENT, [SESSION, GET, NOTED]),
    # the démarche, the company that it concerns
    ("GET /backoffice/requests/{request_id}", AGENT, [SESSION, GET, GET, NOTED]),
    ("GET /backoffice/queue/{request_id}/history", AGENT, [SESSION, GET, QUERY, NOTED]),
    ("GET /backoffice/members", AGENT, [SESSION, GET, GET, NOTED]),
    ("GET /member/journal", MEMBER, [SESSION, QUERY]),
    # the contracts on which a stoppage may be declared
    ("GET /employer/companies/{company_id}/work-stoppages/form", HR, [SESSION, QUERY]),
    # the employee, whether the key was used before
    (
        "POST /employer/companies/{company_id}/employees/{member_id}/work-stoppages",
        HR,
        [SESSION, GET, GET, TRANSACTION, NOTED],
    ),
    ("PUT /employer/companies/{company_id}/work-stoppages/{request_id}", HR, [SESSION, GET, TRANSACTION, NOTED]),
    # the draft, the contract's cover
    ("GET /employer/companies/{company_id}/work-stoppages/{request_id}/estimate", HR, [SESSION, GET, GET, NOTED]),
    # the draft, the employee, whether this stoppage was declared before, the employee's other files; the mail's worker
    (
        "POST /employer/companies/{company_id}/work-stoppages/{request_id}/declaration",
        HR,
        [SESSION, GET, GET, GET, QUERY, BATCH, TRANSACTION, "sqs.SendMessage", NOTED],
    ),
    ("GET /openapi.json", None, []),
    ("GET /backoffice/contribution-run", AGENT, [SESSION, READ]),
    # one page of an index; the transfers themselves in one call
    ("GET /backoffice/payment-batches", AGENT, [SESSION, QUERY]),
    ("GET /backoffice/stopped-payments", AGENT, [SESSION, QUERY, "dynamodb.BatchGetItem", NOTED]),
    ("GET /backoffice/rejected-debits", AGENT, [SESSION, QUERY]),
    ("GET /backoffice/bank-movements", AGENT, [SESSION, QUERY]),
    # the movement, the statement, the account and the postings of its contract; all at once
    (
        "POST /backoffice/bank-movements/{entry_id}/matching",
        AGENT,
        [SESSION, GET, GET, GET, QUERY, "dynamodb.BatchGetItem", TRANSACTION],
    ),
]


@pytest.mark.parametrize(("name", "role", "expected"), COSTS, ids=[name for name, _, _ in COSTS])
def test_a_route_makes_these_calls_and_no_other(world: World, name: str, role: str | None, expected: list[str]) -> None:
    _call(world, name, role)
    response, calls = _call(world, name, role)
    assert response.is_success, response.text
    assert [call.operation for call in calls] == expected


def _call(world: World, name: str, role: str | None) -> tuple[Any, list[Call]]:
    method, _, path = name.partition(" ")
    request = REQUESTS[name](world, role or MEMBER)
    if name == "POST /access/employer/sessions":
        request = sample(json={"email": world.people[HR].email, "password": PASSWORD})
    if name == "POST /access/member/sessions":
        request = sample(json={"identifier": world.people[MEMBER].email, "password": PASSWORD})
    token = world.token(role) if role else None
    with aws_calls() as calls:
        response = world.call(method, path.format(**request.path), token, **request.arguments)
    return response, calls


def test_no_route_scans_or_describes_a_table(answers: list[Answer]) -> None:
    """Over every route as every role, only these operations are used."""
    used = {call.operation for answer in answers for call in answer.calls}
    assert used == {
        "dynamodb.BatchGetItem",
        "dynamodb.DeleteItem",
        "dynamodb.GetItem",
        "dynamodb.Query",
        "dynamodb.TransactWriteItems",
        "dynamodb.UpdateItem",
        "kms.GenerateMac",
        "s3.GetObject",
        "s3.HeadObject",
        "s3.PutObject",
        "sqs.SendMessage",
        "stepfunctions.SendTaskSuccess",
        "stepfunctions.StartExecution",
    }


def test_no_worker_scans_or_describes_a_table(world: World) -> None:
    """Nor do intake, uploads, mails and documents, which the making of the world went through."""
    used = {call.operation for call in world.calls}
    assert {"dynamodb.TransactWriteItems", "ses.SendEmail", "s3.PutObject", "s3.DeleteObject"} <= used
    assert not used & {"dynamodb.Scan", "dynamodb.DescribeTable", "s3.ListObjects", "s3.ListObjectsV2"}


def test_every_query_is_bounded_and_filters_nothing_away(answers: list[Answer], world: World) -> None:
    """A list reads one page by key, an export a few hundred at a time; a filter would read what it throws away."""
    queries = [call for answer in answers for call in answer.calls if call.operation == QUERY]
    assert queries
    queries += [call for call in world.calls if call.operation == QUERY]
    for call in queries:
        assert 0 < call.parameters["Limit"] <= employees.READ_AT_ONCE, call.parameters
        assert "FilterExpression" not in call.parameters, call.parameters


def test_no_answer_takes_many_calls(answers: list[Answer]) -> None:
    """No route reads in a loop: at most four reads by key after the session, whatever it answers."""
    excess = []
    for answer in answers:
        counted = Counter(call.operation for call in answer.calls)
        lists = next((queries for end, queries in SEVERAL_LISTS.items() if answer.name.endswith(end)), 1)
        reads = next((most for end, most in MANY_READS.items() if answer.name.endswith(end)), 4)
        if counted[GET] > reads or counted[QUERY] > lists or counted[TRANSACTION] > 1:
            excess.append(f"{answer.name}: {dict(counted)}")
    assert not excess, "\n".join(excess)


def test_a_stranger_costs_one_read_at_most(answers: list[Answer]) -> None:
    """Without a session nothing but the session is looked for; without a token nothing at all."""
    for answer in answers:
        if answer.status == 401:
            operations = [call.operation for call in answer.calls]
            assert operations in ([], [SESSION], [GET]), f"{answer.name}, {answer.role}"
            assert answer.role != "nobody" or operations == []


def test_one_more_employee_makes_the_list_no_dearer(world: World) -> None:
    """The list is read from one index: a page of one and a page of all take the same calls."""
    path = f"/employer/companies/{world.company.company_id}/employees"
    token = world.token(HR)
    costs = []
    for limit in (1, 100):
        with aws_calls() as calls:
            page = world.call("GET", path, token, params={"limit": limit}).json()
        costs.append([call.operation for call in calls])
        assert len(page["employees"]) <= limit
    assert costs[0] == costs[1] == [SESSION, QUERY, NOTED]


def test_filtering_reimbursements_reads_a_bounded_number_of_pages(world: World) -> None:
    """M36: a filter that nothing meets ends; it does not read a lifetime of décomptes."""
    token = world.token(MEMBER)
    with aws_calls() as calls:
        response = world.call("GET", "/member/reimbursements", token, params={"act": "IMP"})
    assert response.json()["reimbursements"] == []
    assert Counter(call.operation for call in calls)[QUERY] <= 10
