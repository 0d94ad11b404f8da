"""The SEPA mandate, the code that signs it, and when a new account is used.

A mandate records instants; what state it is in, and which one a debit rests on, follows from the instant asked for. So
a job that runs late changes nothing: the former account serves until the delay is over, the new one from then on.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from chalicelib.domain.law import parameter
from chalicelib.domain.periods import add_months

_PARIS = ZoneInfo("Europe/Paris")
_RUM = re.compile(r"[A-Za-z0-9/?:().,'+-]{1,35}")


class AccountUse(StrEnum):
    """What an account is for: contributions are debited from it, or reimbursements are paid to it (M89, A14)."""

    DEBITS = "prelevements"
    REIMBURSEMENTS = "remboursements"


class MandateType(StrEnum):
    """How often a mandate may be used; a contract's contributions recur."""

    RECURRENT = "RCUR"


class MandateState(StrEnum):
    """Where a mandate stands at an instant (dossier 10)."""

    DRAFT = "DRAFT"
    SIGNED = "SIGNED"
    ACTIVE = "ACTIVE"
    REPLACED = "REPLACED"
    REVOKED = "REVOKED"
    LAPSED = "LAPSED"
    BLOCKED = "BLOCKED"


LABELS = {
    MandateState.DRAFT: "À signer",
    MandateState.SIGNED: "Signé, pas encore en service",
    MandateState.ACTIVE: "En service",
    MandateState.REPLACED: "Remplacé",
    MandateState.REVOKED: "Révoqué",
    MandateState.LAPSED: "Caduc",
    MandateState.BLOCKED: "Refusé par la banque",
}


def rum_of(reference: str, *, written_on: date, distinct: str) -> str:
    """The référence unique de mandat: whose it is, when it was written, and what tells it from any other.

    ``reference`` is a numéro adhérent, ``distinct`` an identifier that nothing else has.

    Errors: ``ValueError`` when that makes more than 35 characters, or one that SEPA does not admit.
    Source: EPC SDD Core Rulebook, attribute AT-01; dossier 7.1.

    >>> rum_of("1234567", written_on=date(2026, 3, 2), distinct="9d2b7c40e1f64c8e8a35b60d7f21c5e9")
    '1234567-20260302-9D2B7C40E1'
    """
    rum = f"{reference}-{written_on:%Y%m%d}-{distinct[:10].upper()}"
    if not _RUM.fullmatch(rum):
        raise ValueError("this is no référence unique de mandat")
    return rum


def asked_again_at(frozen_at: datetime) -> datetime:
    """When a change of account may be asked for again after one was frozen, unless an agent allows it sooner.

    Source: H86; the delay is the insurer's choice (``bank.freeze.hold``).

    >>> from datetime import UTC
    >>> asked_again_at(datetime(2026, 3, 2, 9, 30, tzinfo=UTC)).isoformat()
    '2026-03-09T09:30:00+00:00'
    """
    return frozen_at + timedelta(days=_whole("bank.freeze.hold", _paris_day(frozen_at)))


def settled_at(mobile_changed_at: datetime) -> datetime:
    """When a mobile number that replaced another one may sign a change of account.

    The first number of an account may at once: the delay before the new account is used protects its holder.
    Source: H86, M88; the delay is the insurer's choice (``mobile.settling``).

    >>> from datetime import UTC
    >>> settled_at(datetime(2026, 3, 2, 9, 30, tzinfo=UTC)).isoformat()
    '2026-03-05T09:30:00+00:00'
    """
    return mobile_changed_at + timedelta(hours=_whole("mobile.settling", _paris_day(mobile_changed_at)))


def takes_effect_at(signed_at: datetime) -> datetime:
    """When a new account begins to be used: a number of real hours after the signature, whatever clocks are changed.

    Source: H86; dossier 10 (COOLING, 72 hours).

    >>> from datetime import UTC
    >>> takes_effect_at(datetime(2026, 3, 27, 12, 0, tzinfo=UTC)).isoformat()
    '2026-03-30T12:00:00+00:00'
    """
    return signed_at + timedelta(hours=_whole("bank.cooling_off", _paris_day(signed_at)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Mandate:
    """An account that its holder designated under signature; the IBAN is sealed.

    To be debited: then it says all that a SEPA mandate must say. To be paid reimbursements: then nothing may be
    debited, it has neither creditor nor lapse, and ``rum`` is the reference of the designation.
    ``request_id`` is the démarche that led to it. ``last_debited_on`` is the day of the latest debit presented with it.
    ``revoked_at`` before ``effective_at`` means that it never came into effect. ``blocked_at`` is when the bank told
    that it takes no debit under it any more.
    Source: EPC SDD Core Rulebook, section 4.7.2; dossier 8.4.
    """

    rum: str
    ics: str
    kind: MandateType = MandateType.RECURRENT
    use: AccountUse = AccountUse.DEBITS
    creditor_name: str
    creditor_address: str
    debtor_name: str
    debtor_address: str
    place: str
    holder: str
    iban_sealed: str
    iban_masked: str
    bic: str | None
    request_id: str
    written_on: date
    signed_at: datetime | None = None
    effective_at: datetime | None = None
    revoked_at: datetime | None = None
    last_debited_on: date | None = None
    blocked_at: datetime | None = None

    def signed(self, at: datetime) -> "Mandate":
        """The same mandate once signed: it waits for the end of the delay."""
        return replace(self, signed_at=at, effective_at=takes_effect_at(at))

    @property
    def signed_on(self) -> date | None:
        """The day it was signed, as every debit under it says."""
        return _paris_day(self.signed_at) if self.signed_at else None

    @property
    def comes_into_effect(self) -> bool:
        """Whether it was signed, and not revoked before the end of the delay."""
        if self.effective_at is None:
            return False
        return self.revoked_at is None or self.revoked_at >= self.effective_at

    @property
    def lapses_on(self) -> date | None:
        """The first day on which it may no longer be used, unless a debit is presented before.

        Source: EPC SDD Core Rulebook, section 4.1: 36 months without a debit; dossier 8.4.
        """
        if self.signed_at is None or self.use is AccountUse.REIMBURSEMENTS:
            return None
        since = self.last_debited_on or _paris_day(self.signed_at)
        return add_months(since, _whole("mandate.lapse", since))

    def lapsed_at(self, instant: datetime) -> bool:
        """Whether it has gone unused for too long, at an instant."""
        return self.lapses_on is not None and self.lapses_on <= _paris_day(instant)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bank:
    """The accounts somebody has had for one use, each by its mandate in the order they were signed.

    ``change_id`` is the démarche that may still change it, if there is one; ``frozen_at`` is when the latest one was
    frozen, until another may be asked for.
    """

    mandates: tuple[Mandate, ...] = ()
    change_id: str | None = None
    frozen_at: datetime | None = None

    def mandate_on(self, instant: datetime) -> Mandate | None:
        """The mandate that a debit ordered at an instant rests on; it keeps that one, whatever is signed later (A14).

        The one before never comes back: once a mandate is revoked or has lapsed, a new one must be signed.
        """
        latest = self._latest(instant)
        return latest if latest and self.state_of(latest, instant) is MandateState.ACTIVE else None

    def state_of(self, mandate: Mandate, instant: datetime) -> MandateState:
        """Where one of these mandates stands at an instant."""
        if mandate.signed_at is None or mandate.effective_at is None:
            return MandateState.DRAFT
        if mandate.revoked_at is not None and mandate.revoked_at <= instant:
            return MandateState.REVOKED
        if instant < mandate.effective_at:
            return MandateState.SIGNED
        if mandate is not self._latest(instant):
            return MandateState.REPLACED
        if mandate.blocked_at is not None and mandate.blocked_at <= instant:
            return MandateState.BLOCKED
        return MandateState.LAPSED if mandate.lapsed_at(instant) else MandateState.ACTIVE

    def ends_at(self, mandate: Mandate) -> datetime | None:
        """When the account of a mandate ceases to be used: at its revocation, or when the next one takes effect."""
        start = mandate.effective_at
        ends = [
            one.effective_at
            for one in self.mandates
            if one.comes_into_effect and one.effective_at and start and one.effective_at > start
        ]
        if mandate.revoked_at is not None:
            ends.append(mandate.revoked_at)
        return min(ends, default=None)

    def held_until(self, instant: datetime) -> datetime | None:
        """When a change may be asked for again, while one that was frozen holds the next."""
        until = asked_again_at(self.frozen_at) if self.frozen_at else None
        return until if until and until > instant else None

    def with_mandate(self, mandate: Mandate) -> "Bank":
        """The same accounts with one more, signed."""
        return replace(self, mandates=(*self.mandates, mandate))

    def debited(self, rum: str, *, on: date) -> "Bank":
        """The same accounts once a debit was presented under a mandate: its 36 months begin again.

        Source: EPC SDD Core Rulebook, section 4.1; dossier 8.4.
        """
        return self._with(rum, lambda one: replace(one, last_debited_on=max(on, one.last_debited_on or on)))

    def blocked(self, rum: str, *, at: datetime) -> "Bank":
        """The same accounts once the bank takes no debit under a mandate any more (dossier 10: MD01, AC04)."""
        return self._with(rum, lambda one: replace(one, blocked_at=one.blocked_at or at))

    def _with(self, rum: str, change: Callable[[Mandate], Mandate]) -> "Bank":
        return replace(self, mandates=tuple(change(one) if one.rum == rum else one for one in self.mandates))

    def without_change(self, request_id: str, *, at: datetime) -> "Bank":
        """The same accounts once a change was given up: its mandate, if signed, is revoked."""
        mandates = tuple(
            replace(one, revoked_at=at) if one.request_id == request_id and one.revoked_at is None else one
            for one in self.mandates
        )
        change_id = None if self.change_id == request_id else self.change_id
        return replace(self, mandates=mandates, change_id=change_id)

    def _latest(self, instant: datetime) -> Mandate | None:
        begun = [
            (one.effective_at, one)
            for one in self.mandates
            if one.comes_into_effect and one.effective_at and one.effective_at <= instant
        ]
        return max(begun, key=lambda entry: entry[0])[1] if begun else None


class Verdict(StrEnum):
    """What became of a code that somebody typed."""

    ACCEPTED = "accepted"
    WRONG = "wrong"
    EXPIRED = "expired"
    EXHAUSTED = "exhausted"
    USED = "used"
    OTHER_DOCUMENT = "other_document"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureCode:
    """A code sent by SMS to sign one document, known by a keyed hash only.

    ``document_sha256`` is the very document that it may sign, ``account_id`` who may type it.
    Source: H86 (single use, short-lived, limited tries); dossier 10.
    """

    digest: str
    document_sha256: str
    account_id: str
    phone_masked: str
    issued_at: datetime
    tries: int = 0
    used_at: datetime | None = None

    @property
    def expires_at(self) -> datetime:
        """The last instant at which it may be typed."""
        return self.issued_at + timedelta(minutes=_whole("signature.code.validity", _paris_day(self.issued_at)))

    @property
    def tries_left(self) -> int:
        """How many more times a code may be typed."""
        return max(0, _whole("signature.code.tries", _paris_day(self.issued_at)) - self.tries)

    def serves(self, document_sha256: str, *, account_id: str, at: datetime) -> bool:
        """Whether it may still sign a document."""
        right = self.document_sha256 == document_sha256 and self.account_id == account_id
        return right and self.used_at is None and self.tries_left > 0 and at <= self.expires_at

    def just_sent(self, at: datetime) -> bool:
        """Whether it was sent so lately that a repeated request is taken for the same one."""
        return at < self.issued_at + timedelta(minutes=_whole("signature.code.pause", _paris_day(at)))

    def typed(self, digest: str, *, document_sha256: str, at: datetime) -> tuple[Verdict, "SignatureCode"]:
        """What a typed code is worth for a document, and the code as it is afterwards: a wrong one has cost a try.

        ``digest`` is the keyed hash of what was typed, made for the document and for who typed it.
        """
        if self.used_at is not None:
            return Verdict.USED, self
        if self.document_sha256 != document_sha256:
            return Verdict.OTHER_DOCUMENT, self
        if at > self.expires_at:
            return Verdict.EXPIRED, self
        if not self.tries_left:
            return Verdict.EXHAUSTED, self
        tried = replace(self, tries=self.tries + 1)
        if not hmac.compare_digest(self.digest, digest):
            return Verdict.WRONG if tried.tries_left else Verdict.EXHAUSTED, tried
        return Verdict.ACCEPTED, replace(tried, used_at=at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What proves a signature: which document, who, where the code was sent, when, and from which address.

    Source: règlement (UE) 910/2014, art. 25 (a simple electronic signature is admissible as evidence); dossier 9.
    """

    request_id: str
    rum: str
    document_sha256: str
    account_id: str
    signer: str
    phone_masked: str
    code_issued_at: datetime
    signed_at: datetime
    source_ip: str
    tries: int

    @property
    def text(self) -> str:
        """The file that is kept: JSON, always written the same way."""
        facts = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in self._facts()}
        facts |= {"signature": "simple, code à usage unique envoyé par SMS", "result": Verdict.ACCEPTED.value}
        return json.dumps(facts, ensure_ascii=False, indent=1, sort_keys=True) + "\n"

    @property
    def sha256(self) -> str:
        """The hash of that file, printed on the signed mandate."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def _facts(self) -> list[tuple[str, str | int | datetime]]:
        return list(asdict(self).items())


@dataclass(frozen=True, slots=True, kw_only=True)
class BankChange:
    """What is particular to a démarche that changes an account.

    ``codes`` counts the codes sent; ``freeze_hash`` is what is kept of the link that freezes it.
    """

    mandate: Mandate
    document_sha256: str | None = None
    code: SignatureCode | None = None
    codes: int = 0
    evidence: Evidence | None = None
    freeze_hash: str | None = None

    @property
    def text(self) -> str:
        """What is confirmed for an account to be paid, which has no mandate: JSON, always written the same way.

        The sealed IBAN stands for the account: whatever is sealed anew makes another text.
        """
        one = self.mandate
        facts = {
            "use": one.use.value,
            "reference": one.rum,
            "holder": one.holder,
            "iban_sealed": one.iban_sealed,
            "bic": one.bic or "",
            "request_id": one.request_id,
            "written_on": one.written_on.isoformat(),
        }
        return json.dumps(facts, ensure_ascii=False, indent=1, sort_keys=True) + "\n"

    @property
    def text_sha256(self) -> str:
        """The hash of that text: the code sent confirms it and nothing else."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def text_key(self) -> str:
        """Where that text is kept once it is signed."""
        return f"{self._folder}/designation.json"

    @property
    def document_key(self) -> str:
        """Where the mandate to sign is kept; a document that differs has another place."""
        return f"{self._folder}/{self.document_sha256}.pdf"

    @property
    def signed_key(self) -> str:
        """Where the signed mandate is kept."""
        return f"{self._folder}/signed.pdf"

    @property
    def evidence_key(self) -> str:
        """Where the evidence of the signature is kept."""
        return f"{self._folder}/evidence.json"

    @property
    def _folder(self) -> str:
        return f"mandates/{self.mandate.request_id}"

    def effective_at(self, instant: datetime) -> bool:
        """Whether the new account is in use at an instant."""
        start = self.mandate.effective_at
        return self.mandate.comes_into_effect and start is not None and start <= instant


def _whole(key: str, day: date) -> int:
    return int(parameter(key, on=day).value)


def _paris_day(instant: datetime) -> date:
    return instant.astimezone(_PARIS).date()
