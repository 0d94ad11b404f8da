"""The composition root: the Chalice application, CORS, and every blueprint of routes, events and workflow tasks."""

from chalice.app import Chalice, CORSConfig

from chalicelib import settings
from chalicelib.api import access, invitation, openapi
from chalicelib.api.backoffice import bank_details as backoffice_bank_details
from chalicelib.api.backoffice import claims as backoffice_claims
from chalicelib.api.backoffice import members as backoffice_members
from chalicelib.api.backoffice import requests as backoffice_requests
from chalicelib.api.employer import (
    affiliation_files,
    bank_details,
    beneficiaries,
    companies,
    departures,
    employees,
    home,
    profile,
    users,
    work_stoppages,
)
from chalicelib.api.employer import exports as employer_exports
from chalicelib.api.employer import information as employer_information
from chalicelib.api.employer import requests as employer_requests
from chalicelib.api.member import information as member_information
from chalicelib.api.member import reimbursements, requests, space
from chalicelib.events import (
    claim_reviews,
    documents,
    group_affiliations,
    intake,
    mail_feedback,
    outbox,
    scans,
    schedules,
    uploads,
)
from chalicelib.workflow import claim
from chalicelib.workflow import intake as intake_batch

app = Chalice(app_name="espace-assure", configure_logs=False)
app.api.cors = CORSConfig(
    allow_origin=settings.portal_origin(),
    allow_headers=["Authorization", "Content-Type", "Idempotency-Key"],
    expose_headers=["Retry-After"],
    max_age=600,
)

for module in (
    access,
    invitation,
    home,
    companies,
    employees,
    affiliation_files,
    departures,
    beneficiaries,
    employer_exports,
    employer_requests,
    work_stoppages,
    bank_details,
    profile,
    users,
    space,
    requests,
    reimbursements,
    backoffice_bank_details,
    backoffice_claims,
    backoffice_members,
    backoffice_requests,
    employer_information,
    member_information,
    openapi,
    intake,
    uploads,
    scans,
    outbox,
    mail_feedback,
    documents,
    claim_reviews,
    group_affiliations,
    schedules,
    claim,
    intake_batch,
):
    app.register_blueprint(module.blueprint)
