"""The composition root: the Chalice application, CORS, and every blueprint of routes, events and workflow tasks."""

from chalice.app import Chalice, CORSConfig

from chalicelib import settings
from chalicelib.api import access, invitation, openapi, privacy, rights_check
from chalicelib.api.backoffice import bank_details as backoffice_bank_details
from chalicelib.api.backoffice import bank_movements
from chalicelib.api.backoffice import claims as backoffice_claims
from chalicelib.api.backoffice import contribution_runs as backoffice_contribution_runs
from chalicelib.api.backoffice import dunning as backoffice_dunning
from chalicelib.api.backoffice import estimates as backoffice_estimates
from chalicelib.api.backoffice import flows as backoffice_flows
from chalicelib.api.backoffice import hospitals as backoffice_hospitals
from chalicelib.api.backoffice import journal as backoffice_journal
from chalicelib.api.backoffice import members as backoffice_members
from chalicelib.api.backoffice import payments as backoffice_payments
from chalicelib.api.backoffice import queue as backoffice_queue
from chalicelib.api.backoffice import requests as backoffice_requests
from chalicelib.api.employer import (
    affiliation_files,
    bank_details,
    beneficiaries,
    companies,
    contributions,
    departures,
    dsn_check,
    employees,
    formal_notices,
    home,
    payroll_files,
    profile,
    salaries,
    users,
    work_stoppages,
)
from chalicelib.api.employer import exports as employer_exports
from chalicelib.api.employer import information as employer_information
from chalicelib.api.employer import requests as employer_requests
from chalicelib.api.member import account, address, estimates, hospital_commitments, reimbursements, requests, space
from chalicelib.api.member import bank_details as member_bank_details
from chalicelib.api.member import beneficiaries as member_beneficiaries
from chalicelib.api.member import contract as member_contract
from chalicelib.api.member import home as member_home
from chalicelib.api.member import information as member_information
from chalicelib.api.member import journal as member_journal
from chalicelib.api.member import personal_data as member_personal_data
from chalicelib.api.member import privacy as member_privacy
from chalicelib.api.member import teletransmission as member_teletransmission
from chalicelib.events import (
    bank,
    claim_reviews,
    documents,
    erasures,
    group_affiliations,
    intake,
    journal,
    mail_feedback,
    outbox,
    scans,
    schedules,
    uploads,
)
from chalicelib.events import payroll_files as payroll_file_events
from chalicelib.workflow import claim
from chalicelib.workflow import contributions as contribution_runs
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
    salaries,
    dsn_check,
    payroll_files,
    contributions,
    formal_notices,
    departures,
    beneficiaries,
    employer_exports,
    employer_requests,
    work_stoppages,
    bank_details,
    profile,
    users,
    space,
    member_home,
    member_contract,
    member_privacy,
    requests,
    estimates,
    hospital_commitments,
    reimbursements,
    member_beneficiaries,
    address,
    member_bank_details,
    account,
    backoffice_bank_details,
    backoffice_payments,
    bank_movements,
    backoffice_claims,
    backoffice_contribution_runs,
    backoffice_dunning,
    backoffice_flows,
    backoffice_estimates,
    backoffice_hospitals,
    backoffice_journal,
    backoffice_members,
    backoffice_queue,
    backoffice_requests,
    employer_information,
    member_information,
    member_teletransmission,
    member_journal,
    member_personal_data,
    privacy,
    rights_check,
    openapi,
    intake,
    bank,
    uploads,
    scans,
    outbox,
    mail_feedback,
    documents,
    claim_reviews,
    erasures,
    group_affiliations,
    payroll_file_events,
    journal,
    schedules,
    claim,
    intake_batch,
    contribution_runs,
):
    app.register_blueprint(module.blueprint)
