"""What waits in the outbox leaves, once, even when SES cannot take it at first (M114)."""

from chalicelib.domain.message import MessageState
from chalicelib.gateways.mail import tag_of
from chalicelib.services import messages
from local.stack import Stack
from tests import samples
from tests.events.test_mail_feedback import stored, write
from tests.portal import Portal


def test_a_mail_that_ses_could_not_take_for_a_while_is_sent_once(portal: Portal, stack: Stack) -> None:
    """M114: what kept two deliveries apart is forgotten with the failure, or the next attempt would send nothing."""
    email = samples.email("patiente")
    message_id = write(email)
    stack.faults.fail_call("ses.SendEmail", error="Throttling", times=2, containing=tag_of(message_id))
    messages.dispatch(message_id)
    portal.settle()
    assert stored(message_id).state is MessageState.SENT
    assert len(portal.mails(email)) == 1
    assert stack.deliveries.dead_letters("outbox") == []
