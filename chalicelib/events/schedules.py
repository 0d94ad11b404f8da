"""What the clock does: send forgotten mails, expire invitations, close claims whose documents never came."""

from chalice.app import Blueprint, CloudWatchEvent, Cron, Rate

from chalicelib.observability import log
from chalicelib.services import claims, messages, pre_affiliation, uploads

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
    """Close the claims that waited too long for documents; before that, say which files wait for their scan."""
    log("files_unscanned", function="close-claims", count=uploads.report_unscanned())
    log("schedule", function="close-claims", count=claims.close_incomplete())
