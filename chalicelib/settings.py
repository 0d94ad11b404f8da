"""Everything the environment decides, read in this one place.

A name has a development default and never raises, because decorators need names while AWS is still far away: importing
is free. ``docs/operations.md`` lists the variables; a test keeps that list complete.
"""

import os
from dataclasses import dataclass
from datetime import timedelta
from functools import cache


def _read(variable: str, default: str) -> str:
    return os.environ.get(f"ESPACE_{variable}", default)


def prefix() -> str:
    """What every resource name of this stage starts with."""
    return f"espace-assure-{_read('STAGE', 'local')}"


def table(name: str) -> str:
    """The DynamoDB table of an aggregate."""
    return f"{prefix()}-{name}"


def queue(name: str) -> str:
    """The SQS queue that feeds a worker."""
    return f"{prefix()}-{name}"


def bucket(name: str) -> str:
    """An S3 bucket; ``BUCKET_SUFFIX`` makes it unique in the world."""
    return f"{prefix()}-{name}{_read('BUCKET_SUFFIX', '')}"


def fields_key() -> str:
    """The ARN of the KMS key that seals single fields; policies name keys by ARN, never by alias."""
    return _read("FIELDS_KEY", "")


def lookup_key() -> str:
    """The ARN of the KMS key that makes the hashes by which a sealed field is found."""
    return _read("LOOKUP_KEY", "")


def claim_workflow() -> str:
    """The state machine that carries a claim, by name."""
    return f"{prefix()}-claim"


def intake_batch_workflow() -> str:
    """The state machine that carries a large intake file, by name."""
    return f"{prefix()}-intake-batch"


def contributions_workflow() -> str:
    """The state machine that calls contributions, by name."""
    return f"{prefix()}-contributions"


def region() -> str:
    """Where the stack lives; Paris unless the environment says otherwise."""
    return os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "eu-west-3"


def account_id() -> str:
    """The AWS account, which the name of a state machine's ARN needs."""
    return _read("AWS_ACCOUNT_ID", "123456789012")


def upload_endpoint() -> str | None:
    """Where browsers reach S3 when that is not AWS itself."""
    return os.environ.get("ESPACE_UPLOAD_ENDPOINT")


def portal_origin() -> str:
    """The web client's origin: mails link to it and CORS admits it."""
    return _read("PORTAL_ORIGIN", "http://localhost:8000")


def mail_configuration() -> str:
    """The SES configuration set by which SES tells what became of each mail; none when empty."""
    return _read("MAIL_CONFIGURATION", "")


def sms_sender() -> str:
    """The name that SMS come from, 11 letters or digits at most; the carriers' own number when empty."""
    return _read("SMS_SENDER", "")


def creditor_id() -> str:
    """The insurer's identifiant créancier SEPA (ICS), which every mandate bears."""
    return _read("CREDITOR_ID", "FR72ZZZ123456")


@dataclass(frozen=True, slots=True)
class OwnAccount:
    """The insurer's account at its bank: reimbursements leave from it, contributions come in there."""

    iban: str
    bic: str


def bank_account() -> OwnAccount:
    """The account that payment files name; a fictitious one unless the environment says otherwise."""
    return OwnAccount(iban=_read("BANK_IBAN", "FR7630006000011234567890189"), bic=_read("BANK_BIC", "AGRIFRPP"))


def malware_scan_required() -> bool:
    """Whether a file that somebody sent counts only once GuardDuty has found no threat in it: yes, unless « none »."""
    return _read("MALWARE_SCAN", "none") != "none"


@dataclass(frozen=True, slots=True)
class Insurer:
    """Who the software works for: printed on documents, signed under mails."""

    name: str
    portal_name: str
    mail_from: str
    production_mailbox: str
    colour: str
    amc_number: str
    address: str
    contact: str
    legal_notice: str
    complaints: str
    mediator: str


@cache
def insurer() -> Insurer:
    """The insurer or broker that runs this stage."""
    return Insurer(
        name=_read("INSURER_NAME", "Assurances Démonstration"),
        portal_name=_read("PORTAL_NAME", "Espace assuré"),
        mail_from=_read("MAIL_FROM", "espace@assureur.example"),
        production_mailbox=_read("PRODUCTION_MAILBOX", "production@assureur.example"),
        colour=_read("COLOUR", "#1f4e79"),
        amc_number=_read("AMC_NUMBER", "00000000"),
        address=_read("ADDRESS", "1 rue de l’Exemple, 75001 Paris"),
        contact=_read("CONTACT", "Écrivez-nous à production@assureur.example."),
        legal_notice=_read("LEGAL_NOTICE", "Assurances Démonstration, société fictive."),
        complaints=_read("COMPLAINTS", "Pour une réclamation, écrivez à reclamations@assureur.example."),
        mediator=_read(
            "MEDIATOR", "Vous pouvez ensuite saisir le médiateur de l’assurance (www.mediation-assurance.org)."
        ),
    )


def assistant_name() -> str:
    """What the assistant of both spaces is called (M96)."""
    return _read("ASSISTANT_NAME", "Iris")


def assistant_model() -> str:
    """The Amazon Bedrock model that may help to tell which question is asked; none when empty, and no call then."""
    return _read("ASSISTANT_MODEL", "")


def dsn_organism() -> str:
    """What names the insurer in a DSN (S21.G00.15.002)."""
    return _read("DSN_ORGANISM", "P0000")


def dsn_delegate() -> str:
    """What names the insurer's délégataire de gestion in a DSN (S21.G00.15.003); none when empty."""
    return _read("DSN_DELEGATE", "")


def automatic_decision_limit_cents() -> int:
    """Above this complementary amount a claim waits for an agent's decision."""
    return int(_read("AUTOMATIC_DECISION_LIMIT_CENTS", "20000"))


def four_eyes_cents() -> int:
    """From this complementary amount on, an agent's approval counts once another agent has confirmed it."""
    return int(_read("FOUR_EYES_CENTS", "100000"))


def assignment_idle() -> timedelta:
    """A démarche that its agent has left alone for this long may be taken over by another."""
    return timedelta(hours=int(_read("ASSIGNMENT_IDLE_HOURS", "4")))


def handling_days() -> int:
    """How many days agents have to see to what waits for them."""
    return int(_read("HANDLING_DAYS", "5"))


def urgent_days() -> int:
    """The same, for what is urgent: hospital and bank details."""
    return int(_read("URGENT_HANDLING_DAYS", "1"))


def upload_max_bytes() -> int:
    """The largest file a person may send."""
    return int(_read("UPLOAD_MAX_BYTES", str(10 * 1024 * 1024)))


def session_idle() -> timedelta:
    """A session unused for this long has ended (M118)."""
    return timedelta(minutes=int(_read("SESSION_IDLE_MINUTES", "30")))


def session_lifetime() -> timedelta:
    """A session this old has ended, used or not (M118)."""
    return timedelta(hours=int(_read("SESSION_LIFETIME_HOURS", "12")))
