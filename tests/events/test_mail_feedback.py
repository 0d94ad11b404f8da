"""What mail servers say of a mail after it left reaches the agents, and stops the mails to that address (M114)."""

import itertools
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib import clock
from chalicelib.domain.message import MessageState, OutgoingMessage
from chalicelib.gateways.mail import tag_of
from chalicelib.services import messages
from chalicelib.storage import outbox
from chalicelib.storage.transaction import Transaction
from local import feedback
from local.stack import Stack
from tests import samples
from tests.events.test_payloads import failed, record
from tests.journeys import spaces
from tests.portal import Portal, User, expect

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def agent(portal: Portal) -> User:
    """An agent, who sees to the mails that do not arrive."""
    return spaces.open_agent_space(portal)


def write(recipient: str, *, template: str = "claim_received", **context: str) -> str:
    """A message in the outbox, not dispatched yet; returns its id."""
    with Transaction() as transaction:
        return messages.write(
            transaction,
            occasion=f"{template}:feedback-{next(_numbers)}:1",
            template=template,
            recipient=recipient,
            context=context or {"reference": "D-3F2504E0"},
        )


def send(portal: Portal, recipient: str, **options: str) -> str:
    """A message that has been through the outbox; returns its id."""
    message_id = write(recipient, **options)
    messages.dispatch(message_id)
    portal.settle()
    return message_id


def tell(portal: Portal, recipient: str, kind: str) -> None:
    """Let the latest mail to an address come back."""
    expect(portal.http.post("/_local/feedback", json={"recipient": recipient, "kind": kind}), 200)
    portal.settle()


def stored(message_id: str) -> OutgoingMessage:
    """A message as it stands."""
    message = outbox.get(message_id)
    assert message is not None
    return message


def listed(agent: User, *message_ids: str) -> dict[str, tuple[str, str]]:
    """The recipient and the rejection of those of some messages that agents are shown."""
    found = agent.get("/backoffice/rejected-messages")["messages"]
    return {
        one["message_id"]: (one["recipient"], one["rejection"]) for one in found if one["message_id"] in message_ids
    }


def resend(agent: User, message_id: str, recipient: str, status: int = 202) -> Any:
    """An agent sends a message again."""
    path = f"/backoffice/rejected-messages/{message_id}/resending"
    return agent.post(path, {"recipient": recipient}, status)


def test_a_mail_that_came_back_is_the_agents_and_no_other_leaves_until_the_address_is_mended(
    portal: Portal, agent: User
) -> None:
    """M114: the two messages wait in the list; a corrected address gets both."""
    wrong, right = samples.email("faute"), samples.email("juste")
    first = send(portal, wrong)
    tell(portal, wrong, "bounce")
    second = send(portal, wrong.upper())
    assert len(portal.mails(wrong)) == 1
    assert listed(agent, first, second) == {first: (wrong, "bounce"), second: (wrong.upper(), "undeliverable")}
    for message_id in (first, second):
        resend(agent, message_id, right)
    portal.settle()
    assert len(portal.mails(right)) == 2
    assert listed(agent, first, second) == {}


def test_an_address_that_somebody_vouches_for_is_used_again_whatever_is_still_said_of_older_mails(
    portal: Portal, agent: User, stack: Stack
) -> None:
    """Feedback comes twice, late and out of order."""
    email = samples.email("boite-rouverte")
    message_id = send(portal, email)
    old = feedback.last_mail(email)
    tell(portal, email, "bounce")
    tell(portal, email, "bounce")
    portal.advance(timedelta(minutes=1))
    resend(agent, message_id, email)
    portal.settle()
    for kind in ("complaint", "bounce", "transient"):
        feedback.deliver(feedback.notification(old, kind))
    portal.settle()
    assert (stored(message_id).state, stored(message_id).trouble) == (MessageState.SENT, None)
    send(portal, email)
    assert len(portal.mails(email)) == 3
    tell(portal, email, "bounce")
    assert stored(send(portal, email)).rejection == "undeliverable"


def test_whoever_complained_still_gets_the_link_they_ask_for(portal: Portal, agent: User) -> None:
    email = samples.email("plainte")
    message_id = send(portal, email)
    tell(portal, email, "complaint")
    assert listed(agent, message_id) == {message_id: (email, "complaint")}
    assert stored(send(portal, email)).state is MessageState.REJECTED
    link = {"link": "https://espace.example/lien#abc", "valid_until": "4 mars 2026 à 9 h 30"}
    assert stored(send(portal, email, template="forgotten_password_link", **link)).state is MessageState.SENT
    tell(portal, email, "bounce")
    assert stored(send(portal, email, template="forgotten_password_link", **link)).state is MessageState.REJECTED


def test_whoever_complained_is_warned_of_what_was_done_in_their_name(portal: Portal) -> None:
    """H86: the link that freezes a change of account reaches them, the receipt of a claim does not."""
    email = samples.email("plainte")
    send(portal, email)
    tell(portal, email, "complaint")
    change = {"holder": "Ateliers", "link": "https://portail.example/blocage-rib#x", "valid_until": "3 mars 2026"}
    assert stored(send(portal, email, template="bank_change_signed", **change)).state is MessageState.SENT
    assert stored(send(portal, email)).rejection == "undeliverable"


def test_a_complaint_after_a_bounce_hides_no_bounce(portal: Portal) -> None:
    email = samples.email("les-deux")
    send(portal, email)
    mail = feedback.last_mail(email)
    for kind in ("bounce", "complaint"):
        feedback.deliver(feedback.notification(mail, kind))
    portal.settle()
    assert outbox.address(email).stopped_by == "bounce"


def test_what_is_known_of_an_address_goes_with_the_mails_it_came_from(portal: Portal) -> None:
    """Dossier 9: an address is personal data, which nothing asks to keep for ever."""
    email = samples.email("oubliee")
    message_id = send(portal, email)
    tell(portal, email, "bounce")
    mail, address = (outbox.MessageRow.get(key) for key in (message_id, f"{outbox.ADDRESS}{email}"))
    assert 0 <= address.expires - mail.expires < timedelta(days=2).total_seconds()


def test_a_passing_failure_is_only_recorded(portal: Portal, agent: User) -> None:
    email = samples.email("pleine")
    message_id = send(portal, email)
    tell(portal, email, "transient")
    assert stored(message_id).trouble == "Transient/MailboxFull"
    assert listed(agent, message_id) == {}
    assert stored(send(portal, email)).state is MessageState.SENT


def test_feedback_that_comes_before_the_record_of_the_sending_comes_again(portal: Portal, stack: Stack) -> None:
    email = samples.email("tot")
    message_id = write(email)
    mail = feedback.SentMail(message_id, "0107-early", email, clock.now())
    early = record(feedback.notification(mail, "bounce"), "early")
    assert failed(stack, "mail-feedback", early) == ["early"]
    messages.dispatch(message_id)
    portal.settle()
    assert (stored(message_id).rejection, portal.mails(email)) == ("undeliverable", [])
    assert failed(stack, "mail-feedback", early) == []


def test_feedback_on_a_mail_of_no_known_message_stops_its_addresses_all_the_same(portal: Portal, stack: Stack) -> None:
    several = [samples.email("un"), samples.email("deux")]
    unknown = feedback.SentMail("claim_received:nobody:1", "0107-unknown", several[0], clock.now())
    content = feedback.notification(unknown, "bounce")
    event = json.loads(content["Message"])
    event["bounce"]["bouncedRecipients"] = [{"emailAddress": f"Quelqu’un <{one}>"} for one in several]
    event["mail"] |= {"destination": [*several, samples.email("trois")]}
    del event["mail"]["tags"]
    assert failed(stack, "mail-feedback", record({**content, "Message": json.dumps(event)})) == []
    assert [stored(send(portal, one)).rejection for one in several] == ["undeliverable"] * 2
    assert stored(send(portal, event["mail"]["destination"][2])).state is MessageState.SENT


def test_a_mail_that_was_forwarded_concerns_the_address_it_was_sent_to(portal: Portal) -> None:
    email = samples.email("transfert")
    send(portal, email)
    mail = feedback.last_mail(email)
    content = feedback.notification(mail, "bounce")
    event = json.loads(content["Message"])
    event["bounce"]["bouncedRecipients"] = [{"emailAddress": "ailleurs@exemple.fr"}]
    feedback.deliver({**content, "Message": json.dumps(event)})
    portal.settle()
    assert outbox.address(email).stopped_by == "bounce"
    assert outbox.address("ailleurs@exemple.fr").stopped_by is None


@pytest.mark.parametrize(
    "changes",
    [
        {"eventType": "Delivery"},
        {"eventType": None},
        {"bounce": None},
        {"bounce": {"bounceType": "Permanent"}},
        {"bounce": {"bounceType": "Permanent", "bouncedRecipients": [{}]}},
        {"mail": {}},
        {"mail": {"timestamp": "hier"}},
        {"mail": {"timestamp": "2026-03-03T09:00:00", "messageId": "m", "destination": ["a@exemple.fr"]}},
        {"mail": {"timestamp": "2026-03-03T09:00:00Z", "messageId": "m", "destination": ["personne"]}},
        {
            "mail": {
                "timestamp": "2026-03-03T09:00:00Z",
                "messageId": "m",
                "destination": ["a@exemple.fr"],
                "tags": {"message": ["é"]},
            }
        },
    ],
)
def test_what_nobody_understands_is_not_lost(stack: Stack, changes: dict[str, Any]) -> None:
    mail = feedback.SentMail("claim_received:x:1", "m", samples.email("poison"), clock.now())
    assert failed(stack, "mail-feedback", record(feedback.notification(mail, "bounce", **changes), "poison")) == [
        "poison"
    ]


def test_poison_ends_among_the_dead_letters(portal: Portal, stack: Stack) -> None:
    poison = {"Type": "Notification", "Message": "rien d’utile"}
    feedback.deliver(poison)
    portal.settle()
    assert poison in [json.loads(body) for body in stack.deliveries.dead_letters("mail-feedback")]


def test_no_address_is_logged(portal: Portal, caplog: pytest.LogCaptureFixture) -> None:
    email = samples.email("discret")
    send(portal, email)
    for kind in ("transient", "complaint", "bounce"):
        tell(portal, email, kind)
    send(portal, email)
    assert "mail_feedback" in caplog.messages
    assert not [one for one in caplog.records if email in str(vars(one))]


def test_a_mail_bears_its_message_and_the_stage_s_configuration(
    portal: Portal, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SES tells of the mails of a configuration set, and repeats their tags."""
    monkeypatch.setenv("ESPACE_MAIL_CONFIGURATION", "espace-assure-local-mails")
    for needed in ("espace-assure-local-mails", None):
        message_id = write(samples.email("marque"))
        stack.faults.fail_call("ses.SendEmail", error="MessageRejected", containing=needed or tag_of(message_id))
        messages.dispatch(message_id)
        portal.settle()
        assert stored(message_id).rejection == "MessageRejected"


def test_what_a_message_says_is_dropped_once_it_can_no_longer_come_back(portal: Portal, agent: User) -> None:
    """M118: nothing is kept longer than it may serve; a personal link is dropped at once."""
    link = {"link": "https://espace.example/lien#abc", "valid_until": "4 mars 2026 à 9 h 30"}
    email = samples.email("parti")
    assert stored(send(portal, email, template="forgotten_password_link", **link)).sealed_context is None
    message_id = send(portal, email)
    portal.run_schedule("sweep-outbox")
    assert stored(message_id).sealed_context is not None
    portal.advance(timedelta(days=3, minutes=1))
    portal.run_schedule("sweep-outbox")
    assert stored(message_id).sealed_context is None
    late = replace(feedback.last_mail(email), message_id=message_id, mail_id=str(stored(message_id).mail_id))
    feedback.deliver(feedback.notification(late, "bounce"))
    portal.settle()
    agent = spaces.open_agent_space(portal)
    assert listed(agent, message_id) == {message_id: (email, "bounce")}
    assert resend(agent, message_id, samples.email("juste"), 409)["code"] == "content_dropped"


def test_a_confirmation_sent_again_gives_the_moment_that_counts(portal: Portal) -> None:
    """H9, A4: the delay runs from the first confirmation, and its second sending says so."""
    subscription = spaces.subscribe(portal)
    wrong, right = subscription.administrator, samples.email("juste")
    portal.settle()
    opening = next(one for one in portal.mail(wrong, subscription.number).splitlines() if " à " in one)
    tell(portal, wrong, "bounce")
    portal.advance(timedelta(hours=5))
    agent = spaces.open_agent_space(portal)
    found = agent.get("/backoffice/rejected-messages")["messages"]
    [message_id] = [one["message_id"] for one in found if one["recipient"] == wrong]
    resend(agent, message_id, right)
    assert opening in portal.mail(right, subscription.number)


def test_the_console_knows_no_mail_that_never_left(portal: Portal) -> None:
    for values in ({"recipient": samples.email("jamais")}, {"recipient": samples.email("jamais"), "kind": "?"}):
        assert portal.http.post("/_local/feedback", json=values).status_code == 404
