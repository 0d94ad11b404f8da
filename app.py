"""The composition root: the Chalice application, CORS, and every blueprint of routes, events and workflow tasks."""

from chalice.app import Chalice, CORSConfig

from chalicelib import settings
from chalicelib.api import access, invitation, openapi
from chalicelib.api.backoffice import claims as backoffice_claims
from chalicelib.api.backoffice import members as backoffice_members
from chalicelib.api.employer import companies, employees, profile, users
from chalicelib.api.employer import requests as employer_requests
from chalicelib.api.member import reimbursements, requests, space
from chalicelib.events import claim_reviews, documents, intake, mail_feedback, outbox, scans, schedules, uploads
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
    companies,
    employees,
    employer_requests,
    profile,
    users,
    space,
    requests,
    reimbursements,
    backoffice_claims,
    backoffice_members,
    openapi,
    intake,
    uploads,
    scans,
    outbox,
    mail_feedback,
    documents,
    claim_reviews,
    schedules,
    claim,
    intake_batch,
):
    app.register_blueprint(module.blueprint)
