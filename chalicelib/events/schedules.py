"""What the clock does: send forgotten mails, expire invitations, close claims whose documents never came."""

from chalice.app import Blueprint, CloudWatchEvent, Cron, Rate

from chalicelib.observability import log
from chalicelib.services import (
    bank_details,
    claims,
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
    """Close what waited too long for documents; record the accounts in use; say which files wait for their scan."""
    log("files_unscanned", function="close-claims", count=uploads.report_unscanned())
    log("schedule", function="close-claims", count=claims.close_incomplete())
    log("bank_changes", function="close-claims", count=bank_details.settle_due())
    log("stoppages_recalled", function="close-claims", count=work_stoppages.recall_drafts())


@blueprint.schedule(Cron(30, 1, "*", "*", "?", "*"), name="follow-departures")
def follow_departures(event: CloudWatchEvent) -> None:
    """Take the steps of departures, portability and loi Évin whose day has come (H79, H80)."""
    log("schedule", function="follow-departures", count=portability.follow_departures())
