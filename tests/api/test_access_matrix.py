"""Every route as every kind of caller: whoever is not declared gets nothing, and no trace of what lies there.

Requirements H21, H61, H121, H127, M16, M39, M118.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.api.routing import ROUTES
from chalicelib.api.session import Access, admit
from chalicelib.domain.account import AccountState, EmployerRole
from chalicelib.domain.errors import Forbidden
from chalicelib.storage import members
from local.stack import Stack
from tests.api import (
    AGENT,
    COLLEAGUE,
    DECLARED,
    EVERYBODY,
    EXPENSE_CENTS,
    HR,
    INVITED,
    INVITEE,
    MEMBER,
    MEMBERS,
    OTHER_HR,
    OTHER_INVITEE,
    READER,
    REQUESTS,
    SIGNED_IN,
    STRANGER,
    Answer,
    World,
    account_of,
    name_of,
)

NOT_SIGNED_IN = {
    "type": "urn:espace-assure:problem:not_signed_in",
    "title": "Connexion nécessaire",
    "status": 401,
    "code": "not_signed_in",
    "detail": "Votre session est terminée ou vous n’êtes pas connecté. Identifiez-vous pour continuer.",
}
FORBIDDEN = {
    "type": "urn:espace-assure:problem:forbidden",
    "title": "Accès refusé",
    "status": 403,
    "code": "forbidden",
    "detail": "Votre compte ne permet pas cette opération.",
}
NOT_FOUND = {
    "type": "urn:espace-assure:problem:not_found",
    "title": "Introuvable",
    "status": 404,
    "code": "not_found",
    "detail": "Cet élément n’existe pas ou ne vous est pas accessible.",
}
DENIALS = {401: NOT_SIGNED_IN, 403: FORBIDDEN, 404: NOT_FOUND}

# Written by hand, whatever the code declares: who reaches the requests of tests/api, which concern the data of « the
# member », of « the company » and of their claims. Changing a declaration by mistake fails here.
REACH = {
    "POST /access/employer/first-connection": EVERYBODY,
    "POST /access/member/first-connection": EVERYBODY,
    "POST /access/passwords": EVERYBODY,
    "POST /access/email-confirmations": EVERYBODY,
    "POST /access/bank-freezes": EVERYBODY,
    "PUT /access/password": SIGNED_IN,
    "POST /access/employer/forgotten-password": EVERYBODY,
    "POST /access/member/forgotten-password": EVERYBODY,
    "POST /access/backoffice/forgotten-password": EVERYBODY,
    "POST /access/employer/sessions": EVERYBODY,
    "POST /access/member/sessions": EVERYBODY,
    "POST /access/backoffice/sessions": EVERYBODY,
    "GET /openapi.json": EVERYBODY,
    "DELETE /access/session": SIGNED_IN,
    "GET /affiliation": INVITED,
    "POST /affiliation": INVITED,
    "POST /affiliation/uploads": INVITED,
    "GET /member": MEMBERS,
    "GET /member/card": MEMBERS,
    "GET /member/contracts/{contract_id}/documents/{document_id}": {MEMBER, COLLEAGUE},
    "GET /member/acts": MEMBERS,
    "GET /member/claims/needs": MEMBERS,
    "POST /member/claims": MEMBERS,
    "POST /member/simulations": MEMBERS,
    "POST /member/estimates": MEMBERS,
    "GET /member/estimates/{request_id}": {MEMBER},
    "GET /member/estimates/{request_id}/document": {MEMBER},
    "POST /member/hospital-commitments": MEMBERS,
    "GET /member/hospital-commitments/{request_id}": {MEMBER},
    "GET /member/requests": MEMBERS,
    "GET /member/requests/{request_id}": {MEMBER},
    "POST /member/requests/{request_id}/uploads": {MEMBER},
    "GET /member/beneficiaries": MEMBERS,
    "POST /member/beneficiaries": MEMBERS,
    "POST /member/beneficiaries/{beneficiary_id}/removal": {MEMBER},
    "DELETE /member/beneficiaries/{beneficiary_id}/removal": {MEMBER},
    "GET /member/addresses": MEMBERS,
    "POST /member/addresses": MEMBERS,
    "GET /member/bank-details": MEMBERS,
    "POST /member/bank-details": MEMBERS,
    "GET /member/bank-details/{request_id}/mandate": {MEMBER},
    "POST /member/bank-details/{request_id}/signature-code": {MEMBER},
    "POST /member/bank-details/{request_id}/signature": {MEMBER},
    "DELETE /member/bank-details/{request_id}": {MEMBER},
    "GET /member/account": MEMBERS,
    "POST /member/account/email": MEMBERS,
    "PUT /member/account/mobile": MEMBERS,
    "POST /member/account/mobile/confirmation": MEMBERS,
    "PUT /member/accountant": MEMBERS,
    "GET /member/reimbursements": MEMBERS,
    "GET /member/reimbursements/{reimbursement_id}": {MEMBER},
    "GET /member/reimbursements/{reimbursement_id}/statement": {MEMBER},
    "GET /member/reimbursement-totals": MEMBERS,
    "POST /member/reimbursement-exports": MEMBERS,
    "GET /member/reimbursement-exports/{export_id}": {MEMBER},
    "GET /member/home": MEMBERS,
    "GET /member/level-change": MEMBERS,
    "GET /member/balances": MEMBERS,
    "GET /member/consents": MEMBERS,
    "POST /member/consents/{beneficiary_id}/invitation": {MEMBER},
    "POST /consents/question": EVERYBODY,
    "POST /consents/decision": EVERYBODY,
    "POST /rights-check": EVERYBODY,
    "GET /member/teletransmission": MEMBERS,
    "POST /member/beneficiaries/{beneficiary_id}/teletransmission/activation": {MEMBER},
    "POST /member/beneficiaries/{beneficiary_id}/teletransmission/deactivation": {MEMBER},
    "GET /employer/companies": {HR, READER, OTHER_HR},
    "GET /employer/companies/{company_id}/home": {HR, READER},
    "GET /employer/companies/{company_id}/contracts": {HR, READER},
    "GET /employer/companies/{company_id}/contracts/{contract_id}": {HR, READER},
    "GET /employer/companies/{company_id}/contracts/{contract_id}/documents/{document_id}": {HR, READER},
    "GET /employer/companies/{company_id}/employees": {HR, READER},
    "GET /employer/companies/{company_id}/employees/{member_id}": {HR, READER},
    "PATCH /employer/companies/{company_id}/employees/{member_id}": {HR},
    "GET /employer/companies/{company_id}/employees/{member_id}/card": {HR, READER},
    "POST /employer/companies/{company_id}/employee-exports": {HR, READER},
    "GET /employer/companies/{company_id}/employee-exports/{export_id}": {HR, READER},
    "GET /employer/companies/{company_id}/salaries": {HR, READER},
    "GET /employer/companies/{company_id}/contracts/{contract_id}/salaries/{month}": {HR, READER},
    "PUT /employer/companies/{company_id}/contracts/{contract_id}/salaries/{month}": {HR},
    "GET /employer/companies/{company_id}/contracts/{contract_id}/salaries/{month}/template": {HR},
    "GET /employer/companies/{company_id}/contracts/{contract_id}/dsn-months/{month}": {HR, READER},
    "POST /employer/companies/{company_id}/payroll-files": {HR},
    "GET /employer/companies/{company_id}/payroll-files/{file_id}": {HR},
    "POST /employer/companies/{company_id}/payroll-files/{file_id}/application": {HR},
    "GET /employer/companies/{company_id}/payroll-files/{file_id}/corrections": {HR},
    "GET /employer/companies/{company_id}/contributions/{number}/formal-notice": {HR},
    "GET /backoffice/contribution-run": {AGENT},
    "GET /backoffice/dunning": {AGENT},
    "GET /backoffice/dunning/{number}/formal-notice": {AGENT},
    "POST /backoffice/dunning/{number}/letter": {AGENT},
    "POST /backoffice/dunning/{number}/suspension": {AGENT},
    "POST /backoffice/dunning/{number}/termination": {AGENT},
    "POST /backoffice/dunning/{number}/resumption": {AGENT},
    "GET /employer/companies/{company_id}/contributions": {HR, READER},
    "GET /employer/companies/{company_id}/contributions/{number}": {HR, READER},
    "GET /employer/companies/{company_id}/contributions/{number}/lines": {HR, READER},
    "GET /employer/companies/{company_id}/contributions/{number}/document": {HR, READER},
    "POST /employer/companies/{company_id}/contributions/{number}/actions": {HR},
    "POST /employer/companies/{company_id}/contribution-exports": {HR, READER},
    "GET /employer/companies/{company_id}/contribution-exports/{export_id}": {HR, READER},
    "GET /employer/companies/{company_id}/contracts/{contract_id}/ledger": {HR, READER},
    "GET /employer/companies/{company_id}/contracts/{contract_id}/payment-schedule": {HR, READER},
    "GET /employer/companies/{company_id}/contracts/{contract_id}/payment-schedule/document": {HR, READER},
    "GET /employer/companies/{company_id}/affiliation-template": {HR},
    "POST /employer/companies/{company_id}/affiliation-files": {HR},
    "GET /employer/companies/{company_id}/affiliation-files/{file_id}": {HR},
    "POST /employer/companies/{company_id}/affiliation-files/{file_id}/application": {HR},
    "GET /employer/companies/{company_id}/affiliation-files/{file_id}/corrections": {HR},
    "POST /employer/companies/{company_id}/pre-affiliations": {HR},
    "POST /employer/companies/{company_id}/employees/{member_id}/invitation": {HR},
    "DELETE /employer/companies/{company_id}/employees/{member_id}/invitation": {HR},
    "POST /employer/companies/{company_id}/employees/{member_id}/departure/preview": {HR},
    "POST /employer/companies/{company_id}/employees/{member_id}/departure": {HR},
    "PUT /employer/companies/{company_id}/employees/{member_id}/departure": {HR},
    "GET /employer/companies/{company_id}/employees/{member_id}/departure": {HR, READER},
    "GET /employer/companies/{company_id}/employees/{member_id}/departure/documents/{document_id}": {HR, READER},
    "DELETE /employer/companies/{company_id}/employees/{member_id}/departure": {HR},
    "POST /employer/companies/{company_id}/employees/{member_id}/beneficiaries": {HR},
    "GET /employer/profile": {HR, READER, OTHER_HR},
    "PUT /employer/profile": {HR, READER, OTHER_HR},
    "POST /employer/profile/email": {HR, READER, OTHER_HR},
    "PUT /employer/companies/{company_id}": {HR},
    "PUT /employer/companies/{company_id}/accountant": {HR},
    "GET /employer/companies/{company_id}/users": {HR},
    "POST /employer/companies/{company_id}/users": {HR},
    "PUT /employer/companies/{company_id}/users/{account_id}": {HR},
    "POST /employer/companies/{company_id}/users/{account_id}/suspension": {HR},
    "DELETE /employer/companies/{company_id}/users/{account_id}/suspension": {HR},
    "POST /employer/companies/{company_id}/users/{account_id}/link": {HR},
    "GET /employer/companies/{company_id}/contents": {HR, READER},
    "GET /employer/companies/{company_id}/contents/{content_id}": {HR, READER},
    "GET /employer/companies/{company_id}/dsn": {HR, READER},
    "GET /employer/companies/{company_id}/dsn/guide": {HR, READER},
    "GET /employer/companies/{company_id}/contracts/{contract_id}/dsn": {HR, READER},
    "GET /employer/companies/{company_id}/contracts/{contract_id}/dsn/document": {HR, READER},
    "POST /employer/companies/{company_id}/assistant": {HR, READER},
    "GET /member/contents": MEMBERS,
    "GET /member/contents/{content_id}": MEMBERS,
    "POST /member/assistant": MEMBERS,
    "GET /employer/companies/{company_id}/requests": {HR, READER},
    "GET /employer/companies/{company_id}/requests/{request_id}": {HR, READER},
    "POST /employer/companies/{company_id}/requests/{request_id}/uploads": {HR},
    "GET /employer/companies/{company_id}/bank-details": {HR, READER},
    "POST /employer/companies/{company_id}/bank-details": {HR},
    "GET /employer/companies/{company_id}/bank-details/{request_id}/mandate": {HR},
    "POST /employer/companies/{company_id}/bank-details/{request_id}/signature-code": {HR},
    "POST /employer/companies/{company_id}/bank-details/{request_id}/signature": {HR},
    "DELETE /employer/companies/{company_id}/bank-details/{request_id}": {HR},
    "DELETE /backoffice/bank-details/{request_id}": {AGENT},
    "DELETE /backoffice/bank-details/{request_id}/freeze": {AGENT},
    "GET /employer/companies/{company_id}/work-stoppages/form": {HR, READER},
    "POST /employer/companies/{company_id}/employees/{member_id}/work-stoppages": {HR},
    "GET /employer/companies/{company_id}/work-stoppages/{request_id}": {HR, READER},
    "PUT /employer/companies/{company_id}/work-stoppages/{request_id}": {HR},
    "GET /employer/companies/{company_id}/work-stoppages/{request_id}/estimate": {HR, READER},
    "POST /employer/companies/{company_id}/work-stoppages/{request_id}/declaration": {HR},
    "POST /employer/companies/{company_id}/work-stoppages/{request_id}/follow-ups": {HR},
    "DELETE /employer/companies/{company_id}/work-stoppages/{request_id}": {HR},
    "GET /backoffice/requests/{request_id}": {AGENT},
    "GET /backoffice/requests/{request_id}/documents/{document_id}": {AGENT},
    "POST /backoffice/requests/{request_id}/decision": {AGENT},
    "GET /backoffice/queue": {AGENT},
    "GET /backoffice/queue/groups": {AGENT},
    "PUT /backoffice/queue/{request_id}/holder": {AGENT},
    "DELETE /backoffice/queue/{request_id}/holder": {AGENT},
    "POST /backoffice/queue/{request_id}/handover": {AGENT},
    "GET /backoffice/queue/{request_id}/history": {AGENT},
    "POST /backoffice/claims/{claim_id}/confirmation": {AGENT},
    "GET /backoffice/members/{member_id}/journal": {AGENT},
    "GET /member/journal": MEMBERS,
    "POST /member/personal-data": MEMBERS,
    "POST /member/personal-data/{export_id}/download": {MEMBER},
    "GET /backoffice/members/{member_id}/erasure": {AGENT},
    "POST /backoffice/requests/{request_id}/payments": {AGENT},
    "GET /backoffice/estimates/{request_id}": {AGENT},
    "POST /backoffice/estimates/{request_id}/corrections": {AGENT},
    "GET /backoffice/hospitals": {AGENT},
    "PUT /backoffice/hospitals/{finess}": {AGENT},
    "POST /backoffice/hospitals/{finess}/verification": {AGENT},
    "POST /backoffice/hospitals/{finess}/retirement": {AGENT},
    "GET /backoffice/hospital-commitments/{request_id}": {AGENT},
    "GET /backoffice/claims/{claim_id}": {AGENT},
    "GET /backoffice/claims/{claim_id}/documents/{document_id}": {AGENT},
    "POST /backoffice/claims/{claim_id}/decision": {AGENT},
    "POST /backoffice/claims/{claim_id}/resumption": {AGENT},
    "GET /backoffice/payment-batches": {AGENT},
    "GET /backoffice/payment-batches/{batch_id}/file": {AGENT},
    "POST /backoffice/payment-batches/{batch_id}/resumption": {AGENT},
    "GET /backoffice/stopped-payments": {AGENT},
    "POST /backoffice/stopped-payments/{order_id}/release": {AGENT},
    "PUT /backoffice/professionals/{professional}/account": {AGENT},
    "GET /backoffice/professionals/{professional}/account": {AGENT},
    "GET /backoffice/rejected-debits": {AGENT},
    "GET /backoffice/bank-movements": {AGENT},
    "POST /backoffice/bank-movements/{entry_id}/matching": {AGENT},
    "POST /backoffice/bank-movements/{entry_id}/setting-aside": {AGENT},
    "GET /backoffice/flows": {AGENT},
    "GET /backoffice/flows/{flow_id}": {AGENT},
    "POST /backoffice/flows/{flow_id}/attachment": {AGENT},
    "POST /backoffice/flows/{flow_id}/correction": {AGENT},
    "POST /backoffice/flows/{flow_id}/resumption": {AGENT},
    "POST /backoffice/flows/{flow_id}/dropping": {AGENT},
    "POST /backoffice/flows/{flow_id}/recovery": {AGENT},
    "GET /backoffice/members": {AGENT},
    "PUT /backoffice/members/{member_id}/email": {AGENT},
    "POST /backoffice/members/{member_id}/erasure": {AGENT},
    "GET /backoffice/rejected-messages": {AGENT},
    "POST /backoffice/rejected-messages/{message_id}/resending": {AGENT},
}

# What a route answers to somebody unknown, to a password that is refused, or about somebody who is still covered.
REFUSED_AT_THE_DOOR = {
    "POST /access/passwords": 409,
    "POST /access/email-confirmations": 409,
    "POST /access/bank-freezes": 409,
    "POST /consents/question": 409,
    "POST /consents/decision": 409,
    "POST /employer/companies/{company_id}/bank-details/{request_id}/signature": 422,
    "PUT /access/password": 422,
    "POST /member/bank-details/{request_id}/signature": 422,
    "POST /member/account/mobile/confirmation": 422,
    "POST /backoffice/members/{member_id}/erasure": 409,
    "GET /backoffice/members/{member_id}/erasure": 404,
    "POST /backoffice/claims/{claim_id}/confirmation": 409,
    "POST /backoffice/requests/{request_id}/payments": 422,
    "POST /access/employer/sessions": 422,
    "POST /access/member/sessions": 422,
    "POST /access/backoffice/sessions": 422,
}


def test_every_route_is_walked(stack: Stack) -> None:
    """A route that is not in the two tables, or no longer exists, fails here."""
    declared = [name_of(route) for route in ROUTES]
    assert sorted(declared) == sorted(REACH)
    assert sorted(declared) == sorted(REQUESTS)


def test_each_declaration_lets_nobody_in_beyond_the_table(stack: Stack) -> None:
    for route in ROUTES:
        assert REACH[name_of(route)] <= DECLARED[route.access], name_of(route)


@pytest.mark.parametrize("name", REACH)
def test_whoever_is_not_declared_gets_a_bare_denial(answers: list[Answer], name: str) -> None:
    for answer in _on(answers, name):
        if answer.role not in REACH[name]:
            denial = DENIALS.get(answer.status)
            assert denial is not None, f"{answer.role} got {answer.status}"
            assert answer.json == denial, answer.role


@pytest.mark.parametrize("name", REACH)
def test_strangers_are_told_to_sign_in_and_other_accounts_nothing(answers: list[Answer], name: str) -> None:
    """The status follows from the declaration: 401 signed out, 403 in another space or role, 404 beside one's data."""
    for answer in _on(answers, name):
        if answer.role not in REACH[name]:
            holds = SIGNED_IN if DECLARED[answer.route.access] <= SIGNED_IN else INVITED
            space = {MEMBER: MEMBERS, HR: {HR, READER, OTHER_HR}, AGENT: {AGENT}}
            own = next((group for group in space.values() if DECLARED[answer.route.access] <= group), set())
            elsewhere = answer.role in own and answer.role != READER
            expected = 401 if answer.role not in holds else 404 if elsewhere else 403
            assert answer.status == expected, answer.role


@pytest.mark.parametrize("name", REACH)
def test_whoever_is_declared_is_served(answers: list[Answer], name: str) -> None:
    for answer in _on(answers, name):
        if answer.role in REACH[name]:
            assert answer.status == REFUSED_AT_THE_DOOR.get(name, answer.route.status), f"{answer.role}: {answer.text}"


def test_nobody_reads_of_the_member_in_their_own_space(answers: list[Answer], world: World) -> None:
    """H121, M16: an answer to anybody else but HR of the company and an agent bears no trace of the member."""
    lines = {**world.canaries, **world.care, "member": world.people[MEMBER].member_id}
    for answer in answers:
        if answer.role not in {MEMBER, HR, READER, AGENT} and answer.name not in {
            "GET /openapi.json",
            "POST /member/claims",
        }:
            found = [what for what, text in lines.items() if holds(answer.text, text)]
            assert not found, f"{answer.name} tells {answer.role}: {found}"


def test_no_nir_and_no_iban_in_any_answer(answers: list[Answer], world: World) -> None:
    """M16: the NIR is never shown, and the IBAN only masked."""
    for answer in answers:
        for what in ("NIR", "IBAN"):
            assert world.canaries[what] not in answer.text.replace(" ", ""), f"{answer.name} tells {answer.role}"


def holds(text: str, part: str) -> bool:
    """Whether a text holds a part, not as a piece of a longer number or name."""
    return re.search(rf"(?<![0-9A-Za-z]){re.escape(part)}(?![0-9A-Za-z])", text) is not None


def _on(answers: list[Answer], name: str) -> list[Answer]:
    found = [answer for answer in answers if answer.name == name]
    assert len(found) == len(EVERYBODY)
    return found


# Who asks for somebody else's things through their own space, and what they are told. ``{…}`` are ids of the world.
ELSEWHERE = [
    (HR, "GET", "/employer/companies/{other_company}/home"),
    (HR, "GET", "/employer/companies/{other_company}/contracts"),
    (HR, "GET", "/employer/companies/{company}/contracts/{other_contract}"),
    (HR, "GET", "/employer/companies/{other_company}/employees"),
    (HR, "GET", "/employer/companies/{other_company}/employees/{stranger}"),
    (HR, "GET", "/employer/companies/{company}/employees/{stranger}"),
    (HR, "GET", "/employer/companies/{company}/employees/{stranger}/card"),
    (HR, "POST", "/employer/companies/{company}/employees/{stranger}/invitation"),
    (HR, "DELETE", "/employer/companies/{company}/employees/{stranger}/invitation"),
    (HR, "GET", "/employer/companies/{company}/employees/{stranger}/departure"),
    (HR, "DELETE", "/employer/companies/{company}/employees/{stranger}/departure"),
    (HR, "GET", "/employer/companies/{company}/employees/{stranger}/departure/documents/rights"),
    (HR, "GET", "/employer/companies/{company}/contracts/{other_contract}/documents/guarantees"),
    (OTHER_HR, "GET", "/employer/companies/{other_company}/employees/{member}"),
    (OTHER_HR, "GET", "/employer/companies/{other_company}/employees/{member}/card"),
    (OTHER_HR, "DELETE", "/employer/companies/{other_company}/employees/{invitee}/invitation"),
    (OTHER_HR, "GET", "/employer/companies/{other_company}/contracts/{contract}/documents/guarantees"),
    (HR, "GET", "/employer/companies/{company}/requests/{paid}"),
    (OTHER_HR, "GET", "/employer/companies/{other_company}/requests/{followed}"),
    (OTHER_HR, "POST", "/employer/companies/{other_company}/users/{reader}/suspension"),
    (OTHER_HR, "DELETE", "/employer/companies/{other_company}/users/{reader}/suspension"),
    (OTHER_HR, "POST", "/employer/companies/{other_company}/users/{reader}/link"),
    (HR, "POST", "/employer/companies/{company}/users/{agent}/suspension"),
    (MEMBER, "GET", "/member/requests/{followed}"),
    (COLLEAGUE, "GET", "/member/requests/{paid}"),
    (COLLEAGUE, "GET", "/member/requests/{reviewed}"),
    (COLLEAGUE, "GET", "/member/reimbursements/{reimbursement}"),
    (COLLEAGUE, "GET", "/member/reimbursements/{reimbursement}/statement"),
    (STRANGER, "GET", "/member/contracts/{contract}/documents/guarantees"),
    (MEMBER, "GET", "/member/contracts/{provident}/documents/guarantees"),
    (AGENT, "GET", "/backoffice/claims/{pending}/documents/{document}"),
    (AGENT, "GET", "/backoffice/claims/{affiliation}"),
    (AGENT, "POST", "/backoffice/claims/{affiliation}/resumption"),
    (AGENT, "GET", "/backoffice/claims/{affiliation}/documents/{document}"),
]


@pytest.mark.usefixtures("answers")
@pytest.mark.parametrize(("role", "method", "path"), ELSEWHERE, ids=str)
def test_the_ids_of_others_lead_nowhere(world: World, role: str, method: str, path: str) -> None:
    """H121: an id of another company, member or request looks as if it did not exist."""
    invited = members.get(world.invitations[INVITEE][0])
    assert invited is not None
    assert invited.affiliation_request_id is not None
    ids = {
        "company": world.company.company_id,
        "other_company": world.other_company.company_id,
        "contract": world.company.contracts["sante"],
        "provident": world.company.contracts["prevoyance"],
        "other_contract": world.other_company.contracts["sante"],
        "member": world.people[MEMBER].member_id,
        "stranger": world.people[STRANGER].member_id,
        "invitee": world.invitations[OTHER_INVITEE][0],
        "affiliation": invited.affiliation_request_id,
        "reimbursement": world.reimbursement_id,
        "document": world.reviewed_document,
        "reader": world.people[READER].account_id,
        "agent": world.people[AGENT].account_id,
        "followed": world.employer_request.request_id if world.employer_request else "",
        **{name: claim["request_id"] for name, claim in world.claims.items()},
    }
    response = world.as_(role, method, path.format(**ids))
    assert response.status_code == 404, response.text
    assert response.json() == NOT_FOUND


def test_a_manager_does_all_but_administer(world: World) -> None:
    """H122: what each role includes, on one route of each kind."""
    company = world.company.company_id
    rules = [Access.COMPANY_READER, Access.COMPANY_MANAGER, Access.COMPANY_ADMINISTRATOR]
    allowed = {}
    for role in EmployerRole:
        world.change_account(world.people[READER], role=role)
        token = world.token(READER) or ""
        allowed[role] = [rule for rule in rules if _admitted(rule, token, company)]
    world.change_account(world.people[READER], role=EmployerRole.READER)
    assert allowed == {
        EmployerRole.READER: rules[:1],
        EmployerRole.MANAGER: rules[:2],
        EmployerRole.ADMINISTRATOR: rules,
    }


def _admitted(rule: Access, token: str, company_id: str) -> bool:
    try:
        admit(rule, {"authorization": f"Bearer {token}"}, {"company_id": company_id})
    except Forbidden:
        return False
    return True


def test_hr_cannot_invite_to_the_contract_of_another_company(world: World) -> None:
    body = {
        "risk": "sante",
        "contract_id": world.other_company.contracts["sante"],
        "email": "quelqu-un@example.org",
        "affiliation_date": "2026-01-01",
    }
    path = f"/employer/companies/{world.company.company_id}/pre-affiliations"
    assert _faults(world.as_(HR, "POST", path, json=body)) == {"contract_id": "unknown_contract"}


def test_a_page_of_another_company_cannot_be_turned_to(world: World) -> None:
    """H121: the cursor of one company's list, passed to another's, shows employees of the company in the path."""
    other = f"/employer/companies/{world.other_company.company_id}/employees"
    own = f"/employer/companies/{world.company.company_id}/employees"
    first = world.as_(HR, "GET", own, params={"limit": 1}).json()
    assert len(first["employees"]) == 1
    turned = world.as_(OTHER_HR, "GET", other, params={"after": first["next"]}).json()
    shown = {one["member_id"] for one in turned["employees"]}
    assert shown <= {world.people[STRANGER].member_id}


def test_no_claim_for_somebody_elses_beneficiary(world: World) -> None:
    response = world.as_(
        COLLEAGUE, "POST", "/member/claims", json=world.claim_form, headers={"Idempotency-Key": "somebody-elses"}
    )
    assert _faults(response) == {"beneficiary_id": "unknown"}


def test_an_idempotency_key_belongs_to_one_member(world: World) -> None:
    """The key of another member's claim opens no door to it."""
    own = members.get(world.people[COLLEAGUE].member_id)
    assert own is not None
    assert own.holder is not None
    form = world.claim_form | {"beneficiary_id": own.holder.beneficiary_id}
    response = world.as_(COLLEAGUE, "POST", "/member/claims", json=form, headers={"Idempotency-Key": "claim-pending"})
    assert response.status_code == 201
    assert response.json()["request_id"] != world.claims["pending"]["request_id"]


def test_filters_and_cursors_stay_within_ones_own_reimbursements(world: World) -> None:
    """M36: neither another's beneficiary nor another's décompte leads out of one's own list."""
    beneficiary_id = world.claim_form["beneficiary_id"]
    for params in ({"beneficiary_id": beneficiary_id}, {"before": world.reimbursement_id}):
        response = world.as_(COLLEAGUE, "GET", "/member/reimbursements", params=params)
        assert response.status_code == 200, response.text
        assert response.json() == {"reimbursements": [], "next": None}


def test_a_file_can_only_be_sent_to_the_place_announced(world: World) -> None:
    """The form signs one key under the caller's own request, and no other."""
    pending = world.claims["pending"]
    required = pending["missing"][0]
    body = {"kind": required["kind"], "about": required["about"], "name": "../../x.pdf", "content_type": "image/png"}
    path = f"/member/requests/{pending['request_id']}/uploads"
    form = world.as_(MEMBER, "POST", path, json=body).json()
    assert form["fields"]["key"] == f"uploads/{pending['request_id']}/{form['document_id']}"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/member/card"),
        ("GET", "/member/reimbursements"),
        ("POST", "/member/claims"),
        ("GET", "/member/beneficiaries"),
        ("POST", "/member/beneficiaries/x/removal"),
        ("DELETE", "/member/beneficiaries/x/removal"),
    ],
)
def test_a_provident_only_member_has_no_health_functions(world: World, method: str, path: str) -> None:
    """M39."""
    arguments: dict[str, Any] = {"json": world.claim_form} if method == "POST" else {}
    headers = {"Idempotency-Key": "provident-only"}
    response = world.as_("provident only", method, path, headers=headers, **arguments)
    assert response.status_code == 404


@contextmanager
def _suspended(world: World, role: str) -> Iterator[None]:
    world.change_account(world.people[role], state=AccountState.SUSPENDED)
    try:
        yield
    finally:
        world.change_account(world.people[role], state=AccountState.ACTIVE)


@pytest.mark.parametrize(
    ("role", "path"), [(MEMBER, "/member"), (HR, "/employer/companies"), (AGENT, "/backoffice/queue")]
)
def test_suspension_ends_open_sessions_at_once(world: World, role: str, path: str) -> None:
    """H127."""
    token = world.token(role)
    assert world.call("GET", path, token).status_code == 200
    with _suspended(world, role):
        response = world.call("GET", path, token)
        assert (response.status_code, response.json()) == (401, NOT_SIGNED_IN)


def test_a_new_generation_of_an_account_ends_its_sessions(world: World) -> None:
    """M118: choosing a password makes a new generation; see test_access_service for the whole path."""
    token = world.token(COLLEAGUE)
    account = account_of(world.people[COLLEAGUE])
    world.change_account(world.people[COLLEAGUE], generation=account.generation + 1)
    assert world.call("GET", "/member", token).status_code == 401


def test_an_unused_session_ends(world: World) -> None:
    """M118: after 30 minutes without a request."""
    token = world.token(STRANGER)
    world.stack.advance(timedelta(minutes=29))
    assert world.call("GET", "/member", token).status_code == 200
    world.stack.advance(timedelta(minutes=31))
    assert world.call("GET", "/member", token).status_code == 401


def test_using_a_session_gives_it_the_whole_delay_again(world: World) -> None:
    """M118: a session used 14 minutes after its opening still works 29 minutes later."""
    token = world.token(STRANGER)
    world.stack.advance(timedelta(minutes=14))
    assert world.call("GET", "/member", token).status_code == 200
    world.stack.advance(timedelta(minutes=29))
    assert world.call("GET", "/member", token).status_code == 200


def test_a_session_ends_after_twelve_hours_however_much_it_is_used(world: World) -> None:
    """M118."""
    token = world.token(STRANGER)
    for _ in range(35):
        world.stack.advance(timedelta(minutes=20))
        assert world.call("GET", "/member", token).status_code == 200
    world.stack.advance(timedelta(minutes=19))
    assert world.call("GET", "/member", token).status_code == 200
    world.stack.advance(timedelta(minutes=2))
    assert world.call("GET", "/member", token).status_code == 401


def test_signing_out_ends_one_session_and_no_other(world: World) -> None:
    """H21."""
    first, second = world.token(STRANGER), world.token(STRANGER)
    assert world.call("DELETE", "/access/session", first).status_code == 204
    assert world.call("GET", "/member", first).status_code == 401
    assert world.call("GET", "/member", second).status_code == 200


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Basic bGVhOnNlY3JldA==", "Bearer null", "bearer ''", "Bearer a.b.c"],
)
def test_a_malformed_authorization_is_no_session(world: World, header: str) -> None:
    response = world.call("GET", "/member", headers={"Authorization": header.encode()})
    assert (response.status_code, response.json()) == (401, NOT_SIGNED_IN)
    assert response.headers["WWW-Authenticate"] == "Bearer"


def test_a_session_is_no_invitation_and_an_invitation_no_session(world: World, answers: list[Answer]) -> None:
    """Each token opens one door only; an ended invitation opens none."""
    assert world.call("GET", "/affiliation", world.token(MEMBER)).status_code == 401
    assert world.call("GET", "/member", world.invitations[INVITEE][1]).status_code == 401
    _, cancelled = world.invitations["an invitee to cancel"]
    assert world.call("GET", "/affiliation", cancelled).status_code in {401, 409}


def test_hr_sees_nothing_of_any_care(answers: list[Answer], world: World) -> None:
    """H61: acts, amounts, reasons, files and ids of a paid, a refused and a failed claim appear in no answer to HR."""
    served = [answer for answer in answers if answer.route.path.startswith("/employer/") and answer.status < 400]
    assert {answer.role for answer in served} == {HR, READER, OTHER_HR}
    open_to_hr = {name for name, roles in REACH.items() if " /employer/" in name and HR in roles} - {
        *REFUSED_AT_THE_DOOR
    }
    assert {answer.name for answer in served} == open_to_hr
    for answer in served:
        found = [what for what, text in world.care.items() if holds(answer.text, text)]
        assert not found, f"{answer.name} tells {answer.role}: {found}"
    sheet = next(answer for answer in served if answer.name.endswith("/employees/{member_id}"))
    assert world.canaries["name"] in sheet.text


def test_hr_is_mailed_nothing_of_any_care(answers: list[Answer], world: World) -> None:
    """H61: HR gets no mail about a claim, and no mail says what the care was, not even to the member."""
    letters = world.stack.letters()
    for_hr = [one for one in letters if one.recipient in {world.people[HR].email, world.people[OTHER_HR].email}]
    assert for_hr
    for letter in for_hr:
        assert not [what for what, text in world.care.items() if holds(letter.subject + letter.text, text)]
        assert world.canaries["name"] not in letter.text
        assert "demande" not in letter.subject
    for letter in letters:
        for what in ("expense", "expense in euros", "file", "agent's reason"):
            assert not holds(letter.subject + letter.text, world.care[what]), (letter.subject, what)
        for what in ("NIR", "IBAN"):
            assert world.canaries[what] not in letter.text.replace(" ", "")


def _faults(response: Any) -> dict[str, str]:
    assert response.status_code == 422, response.text
    return {fault["field"]: fault["code"] for fault in response.json()["errors"]}


def test_whoever_shows_a_member_to_somebody_else_declares_it(answers: list[Answer], world: World) -> None:
    """M115: an answer to an agent or an employer that names the member, or tells of their care, is noted.

    What is not: a link to a file or a document's name only, and the counts of an erasure.
    """
    told = {**world.canaries, "member": world.people[MEMBER].member_id, "claim": str(EXPENSE_CENTS)}
    undeclared = {
        answer.name
        for answer in answers
        if answer.role in {HR, READER, OTHER_HR, AGENT}
        and answer.status < 300
        and not answer.route.journal
        and any(holds(answer.text, text) for text in told.values())
    }
    assert undeclared == set()


def test_what_is_shown_of_members_is_told_before_it_leaves(answers: list[Answer]) -> None:
    """M115: an answer of a declared route that names a member has sent its message; a refusal sends none."""
    noted = [answer for answer in answers if answer.route.journal and answer.role in {HR, READER, AGENT}]
    assert noted
    for answer in noted:
        sent = [call for call in answer.calls if '"consultation"' in str(call.parameters.get("MessageBody"))]
        assert len(sent) <= 2, answer.name
        if answer.status < 300 and '"member_id":"' in answer.text.replace('": "', '":"').replace('"member_id":""', ""):
            assert sent, answer.name
        if answer.status >= 300:
            assert sent == [], answer.name
