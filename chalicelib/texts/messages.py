"""The mails and SMS that people receive: which exist, what each needs to know, and how one is written.

The words are in ``mails/<template>.txt`` (the first line is the subject) and ``sms/<template>.txt``. A message carries
no health data, no NIR and no IBAN: those stay in the space, behind the sign-in. Nor does it carry an amount, but for
the contribution of a company: whoever is debited must be told how much, and when, before.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from string import Template

_SIGNATURE_CONTEXT = {
    "insurer_name": "name of the insurer, who signs",
    "portal_name": "name of the portal",
    "portal_url": "address of the portal's entry page",
    "contact_email": "mailbox that people may write to",
}

_LINK_CONTEXT = {
    "link": "single-use link, whole",
    "valid_until": "moment the link ends, written out: « 4 mars 2026 à 9 h 30 »",
}

_OPENING_CONTEXT = {
    "numero_adherent": "numéro adhérent, 7 or 14 digits",
    "opening_delay": "time before the space opens, written out: « 72 heures »",
    "opens_on": "moment the space opens, written out: « 4 mars 2026 à 9 h 30 »",
}

_BANK_CONTEXT = {"holder": "whose account changes: the company's name, or the member's"}

_CERTIFICATE_CONTEXT = {
    "respond_by": "last day covered without a new certificate, written out",
    "answer_by": "last day on which a certificate still closes the gap, written out",
}

_CLAIM_CONTEXT = {"reference": "number of the request, as the space shows it"}

_RECALL_CONTEXT = {**_CLAIM_CONTEXT, "declare_by": "last day to declare in time, written out"}

_DEPARTURE_CONTEXT = {"company": "company's name", "covered_until": "last day of cover as an employee, written out"}

_DEBT_CONTEXT = {
    "company": "company's name",
    "contract_number": "number of the contract",
    "number": "number of the contribution, as the space shows it",
    "period": "days that the contribution is for, written out",
}
_OVERDUE_CONTEXT = {**_DEBT_CONTEXT, "due_on": "day on which it was due, written out"}
_STEP_CONTEXT = {"day": "day of the step, written out; that from which cover resumes, when it does"}

_OWN_CONTEXT: Mapping[str, Mapping[str, str]] = {
    "subscription_confirmed": {"company": "company's name", **_OPENING_CONTEXT},
    "first_connection_link": _LINK_CONTEXT,
    "forgotten_password_link": _LINK_CONTEXT,
    "password_changed": {"changed_at": "moment of the change, written out"},
    "pre_affiliation_invitation": {
        "company": "company's name",
        "contracts": "each contract and its first day: « au contrat « Santé », à compter du 1er avril 2026 »",
        **_LINK_CONTEXT,
    },
    "pre_affiliation_cancelled": {"company": "company's name", "contract_label": "contract's name"},
    "affiliation_confirmed": _OPENING_CONTEXT,
    "affiliation_document_refused": {
        "document": "kind of document, as the space names it, never the file's own name: « Facture acquittée »",
        "reason": "why it was refused, from a closed list of sentences",
    },
    "affiliation_extended": {
        "company": "company's name",
        "contract_label": "contract's name",
        "affiliation_date": "first day of the affiliation, written out: « 1er avril 2026 »",
    },
    "email_recorded": {},
    "email_proposed": {"company": "company's name", "numero_adherent": "numéro adhérent, 7 or 14 digits"},
    "claim_received": _CLAIM_CONTEXT,
    "claim_documents_refused": {
        **_CLAIM_CONTEXT,
        "document": "kind of document, as the space names it, never the file's own name: « Facture acquittée »",
        "reason": "sentence from the list of reasons, never about the care itself",
        "respond_by": "day by which a new document is expected, written out",
    },
    "claim_paid": _CLAIM_CONTEXT,
    "teletransmission_decided": _CLAIM_CONTEXT,
    "claim_refused": _CLAIM_CONTEXT,
    "payment_rejected": {**_CLAIM_CONTEXT, "reason": "why the transfer failed, from a closed list of sentences"},
    "debit_rejected": {
        "reference": "number of the contribution, as the space shows it",
        "reason": "why the debit failed, from a closed list of sentences",
    },
    "claim_in_review": _CLAIM_CONTEXT,
    "claim_documents_asked": _CLAIM_CONTEXT,
    "claim_failed": _CLAIM_CONTEXT,
    "claim_closed_incomplete": _CLAIM_CONTEXT,
    "agent_account_opened": _LINK_CONTEXT,
    "employer_account_opened": _LINK_CONTEXT,
    "employer_space_known": {},
    "personal_data_ready": {"available_until": "last day on which the archive can be downloaded, written out"},
    "email_change_link": _LINK_CONTEXT,
    "email_changed": {"changed_at": "moment of the change, written out"},
    "bank_change_signed": {**_BANK_CONTEXT, **_LINK_CONTEXT},
    "bank_change_ended": {**_BANK_CONTEXT, "reason": "why it ends, from a closed list of sentences"},
    "bank_change_effective": {**_BANK_CONTEXT, "changed_at": "moment of the change, written out"},
    "upload_needs_attention": {
        **_CLAIM_CONTEXT,
        "document": "kind of document, as the space names it, never the file's own name: « Facture acquittée »",
        "reason": "what the malware scan said or did not say, from a closed list of sentences",
    },
    "departure_recorded": _DEPARTURE_CONTEXT,
    "departure_portability": {
        **_DEPARTURE_CONTEXT,
        "kept_until": "last day of portability, written out",
        "respond_by": "day by which the proof is expected, written out",
    },
    "departure_cancelled": {"company": "company's name"},
    "portability_justified": {"kept_until": "last day of portability, written out"},
    "portability_proof_asked": {"respond_by": "day by which the proof is expected, written out"},
    "portability_proof_reminder": {"respond_by": "day by which the proof is expected, written out"},
    "portability_ended": {"ended_on": "last day of the cover, written out"},
    "evin_offered": {
        "ended_on": "last day of the cover, written out",
        "answer_by": "last day for the answer, written out",
    },
    "request_document_refused": {
        **_CLAIM_CONTEXT,
        "reason": "why it was refused, from a closed list of sentences",
    },
    "work_stoppage_received": {**_CLAIM_CONTEXT, "file_number": "number of the stoppage's file"},
    "work_stoppage_reminder": _RECALL_CONTEXT,
    "work_stoppage_overdue": _RECALL_CONTEXT,
    "work_stoppage_documents_asked": _CLAIM_CONTEXT,
    "work_stoppage_decided": _CLAIM_CONTEXT,
    "estimate_ready": _CLAIM_CONTEXT,
    "hospital_commitment": {
        "number": "number of the commitment",
        "valid_until": "last day of the commitment, written out",
    },
    "hospital_commitment_withdrawn": {
        "number": "number of the commitment",
        "withdrawn_from": "first day without rights, written out",
    },
    "hospital_commitment_agreed": _CLAIM_CONTEXT,
    "hospital_commitment_ended": _CLAIM_CONTEXT,
    "contribution_called": {
        "company": "company's name",
        "contract_number": "number of the contract",
        "number": "number of the statement",
        "period": "the days it bears on, written out",
        "amount": "what is to be paid, the balance before it included",
        "due_on": "day it is due, written out",
        "means": "how it is paid: the day of the debit and its mandate, or the reference of a transfer",
    },
    "contribution_reminder": _OVERDUE_CONTEXT,
    "contribution_formal_notice": {**_OVERDUE_CONTEXT, **_STEP_CONTEXT},
    "contribution_suspended": {**_DEBT_CONTEXT, **_STEP_CONTEXT},
    "contribution_suspended_prevoyance": {**_DEBT_CONTEXT, **_STEP_CONTEXT},
    "contribution_resumed": {**_DEBT_CONTEXT, **_STEP_CONTEXT},
    "contribution_terminated": {**_DEBT_CONTEXT, **_STEP_CONTEXT},
    "contribution_decided": {
        **_CLAIM_CONTEXT,
        "number": "number of the statement",
        "debit": "what is to be debited and when, or that nothing is: one sentence",
    },
    "contribution_pay_missing": {"company": "company's name", "contract_number": "number of the contract"},
    "privacy_invitation": {
        "asked_by": "name of the insured who asks",
        **_LINK_CONTEXT,
    },
    "privacy_decided": {
        "asked_by": "name of the insured who asked",
        "decision": "what was decided, from a closed list of sentences",
        "link": "single-use link, whole, by which the decision is changed",
    },
    "beneficiary_added": {"covered_from": "first day of the new person's cover, written out"},
    "beneficiary_removal_recorded": {"ends_on": "last day of the person's cover, written out"},
    "beneficiary_removal_withdrawn": {},
    "beneficiary_removed": {"ended_on": "last day of the cover, written out"},
    "certificate_asked": _CERTIFICATE_CONTEXT,
    "certificate_missing": _CERTIFICATE_CONTEXT,
    "certificate_recorded": {"covered_until": "last day that the certificate covers, written out"},
    "age_limit_reached": {"ends_on": "last day of the person's cover, written out"},
    "beneficiary_ended": {"ended_on": "last day of the cover, written out"},
    "address_changed": {},
    "address_changed_departement": {"fund": "health fund to tell: « caisse d’assurance maladie (CPAM) »"},
    "mobile_changed": {"changed_at": "moment of the change, written out"},
    "email_change_asked": {"asked_at": "moment of the request, written out"},
    "email_proposal_refused": _CLAIM_CONTEXT,
    "company_email_changed": {"company": "company's name", "changed_at": "moment of the change, written out"},
    "refund_account_signed": {**_BANK_CONTEXT, **_LINK_CONTEXT},
    "refund_account_ended": {**_BANK_CONTEXT, "reason": "why it ends, from a closed list of sentences"},
    "refund_account_effective": {**_BANK_CONTEXT, "changed_at": "moment of the change, written out"},
}

MAILS: Mapping[str, Mapping[str, str]] = {
    template: {**_SIGNATURE_CONTEXT, **context} for template, context in _OWN_CONTEXT.items()
}
"""Every mail, with the meaning of each key of its context."""

_CODE_CONTEXT = {
    "insurer_name": "name of the insurer",
    "code": "single-use code",
    "valid_for": "how long the code holds, written out: « 10 minutes »",
}

SMS: Mapping[str, Mapping[str, str]] = {
    "signature_code": _CODE_CONTEXT,
    "refund_account_code": _CODE_CONTEXT,
    "mobile_code": _CODE_CONTEXT,
}
"""Every SMS, with the meaning of each key of its context."""

_SUBJECT_LIMIT_CHARACTERS = 120

_SUBJECT_MARK = "Objet\u00a0: "

# A French IBAN, or a NIR of 13 characters with or without its key.
_PRIVATE_NUMBER = re.compile(
    r"(?<!\w)(?:FR\s?\d{2}(?:\s?[0-9A-Z]){23}|[1-478](?:\s?\d){5}\s?[0-9AB](?:\s?\d){6}(?:(?:\s?\d){2})?)(?!\w)"
)


@dataclass(frozen=True, slots=True)
class Message:
    """A mail ready to send: a one-line subject and a plain-text body."""

    subject: str
    body: str


def render_message(template: str, context: Mapping[str, str]) -> Message:
    """The mail of that name, filled with its context and signed by the insurer.

    ``context`` holds exactly the keys that ``MAILS`` gives for the template; a value is one line of text, shown as is.

    Errors: ``ValueError`` naming the template, or the key that is missing, unknown, empty, longer than a line or
    carrying a NIR or an IBAN; ``ValueError`` when the subject is longer than 120 characters.
    Source: requirements H7–H9, H17, H68, H130, H133, H136, M10, M112.
    """
    _check_context(template, context, MAILS)
    first, _, text = _text(f"mails/{template}").partition("\n")
    subject = Template(first.removeprefix(_SUBJECT_MARK)).substitute(context)
    if len(subject) > _SUBJECT_LIMIT_CHARACTERS:
        raise ValueError(f"the subject of {template} is longer than {_SUBJECT_LIMIT_CHARACTERS} characters")
    body = Template(f"{text}\n{_text('signature')}").substitute(context)
    return Message(subject=subject, body=body)


def render_sms(template: str, context: Mapping[str, str]) -> str:
    """The SMS of that name, filled with its context.

    Errors: ``ValueError`` as for ``render_message``.
    Source: requirements H85 and M88.

    >>> text = render_sms("signature_code", {"insurer_name": "Rives", "code": "123456", "valid_for": "10 minutes"})
    >>> "123456" in text
    True
    """
    _check_context(template, context, SMS)
    return Template(_text(f"sms/{template}")).substitute(context).strip()


@cache
def _text(name: str) -> str:
    return files("chalicelib.texts").joinpath(f"{name}.txt").read_text(encoding="utf-8")


def _check_context(template: str, context: Mapping[str, str], known_templates: Mapping[str, Mapping[str, str]]) -> None:
    if template not in known_templates:
        raise ValueError(f"no message is called {template!r}")
    expected = known_templates[template]
    if missing := sorted(expected.keys() - context.keys()):
        raise ValueError(f"{template} needs {', '.join(missing)}")
    if superfluous := sorted(context.keys() - expected.keys()):
        raise ValueError(f"{template} has no use for {', '.join(superfluous)}")
    for key, value in context.items():
        _check_value(template, key, value)


def _check_value(template: str, key: str, value: str) -> None:
    if not value.strip():
        raise ValueError(f"{key} of {template} is empty")
    if any(unicodedata.category(character) in {"Cc", "Zl", "Zp"} for character in value):
        raise ValueError(f"{key} of {template} is not a single line of text")
    if _PRIVATE_NUMBER.search(value):
        raise ValueError(f"{key} of {template} carries a NIR or an IBAN")
