"""What the clock does: send forgotten mails, expire invitations, close claims whose documents never came."""

from chalice.app import Blueprint, CloudWatchEvent, Cron, Rate

from chalicelib.observability import log
from chalicelib.services import (
    bank_details,
    claims,
    contribution_runs,
    dependants,
    dunning,
    erasure,
    estimates,
    hospital_commitments,
    messages,
    portability,
    pre_affiliation,
    uploads,
    work_stoppages,
)

blueprint = Blueprint(__name__)


@blueprint.schedule(Rate(5, unit=Rate.MINUTES), name="sweep-outbox")
def sweep_outbox(event: CloudWatchEvent) -> None:
    """Dispatch again the messages that nobody was woken for."""
    log("schedule", function="sweep-outbox", count=messages.sweep())


@blueprint.schedule(Cron(10, 1, "*", "*", "?", "*"), name="expire-invitations")
def expire_invitations(event: CloudWatchEvent) -> None:
    """Mark the invitations whose last day has passed (H74)."""
    log("schedule", function="expire-invitations", count=pre_affiliation.expire_invitations())


@blueprint.schedule(Cron(20, 1, "*", "*", "?", "*"), name="close-claims")
def close_claims(event: CloudWatchEvent) -> None:
    """Close what waited too long; record accounts in use; tell of files that wait for their scan; erase what may go."""
    log("files_unscanned", function="close-claims", count=uploads.report_unscanned())
    log("schedule", function="close-claims", count=claims.close_incomplete())
    log("estimates_ended", function="close-claims", count=estimates.settle_due())
    log("bank_changes", function="close-claims", count=bank_details.settle_due())
    log("stoppages_recalled", function="close-claims", count=work_stoppages.recall_drafts())
    log("erasures_continued", function="close-claims", count=erasure.continue_due())


@blueprint.schedule(Cron(30, 1, "*", "*", "?", "*"), name="follow-departures")
def follow_departures(event: CloudWatchEvent) -> None:
    """Take the steps of departures, portability, loi Évin, certificates and removals whose day has come (H80, M57)."""
    log("schedule", function="follow-departures", count=portability.follow_departures())
    log("dependants_followed", function="follow-departures", count=dependants.follow())
    log("commitments_followed", function="follow-departures", count=hospital_commitments.follow())


@blueprint.schedule(Cron(0, 2, "*", "*", "?", "*"), name="call-contributions")
def call_contributions(event: CloudWatchEvent) -> None:
    """Start the run that calls the contributions whose day has come (H39)."""
    contribution_runs.start()
    log("schedule", function="call-contributions")


@blueprint.schedule(Cron(40, 2, "*", "*", "?", "*"), name="follow-contributions")
def follow_contributions(event: CloudWatchEvent) -> None:
    """Take the automatic steps about unpaid contributions, and let a cover resume once all is paid (H45)."""
    log("schedule", function="follow-contributions", count=dunning.follow())
