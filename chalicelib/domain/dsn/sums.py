"""The check of a DSN once everybody was read: what is paid, who is missing, and what differs from what was called."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from chalicelib.domain.contributions.reconciliation import Discrepancy, Gap
from chalicelib.domain.dsn.people import ExpectedMember
from chalicelib.domain.dsn.reading import AFFILIATION, COMPONENT, CONTRIBUTED, PAYMENT, SHARE, Payment
from chalicelib.domain.dsn.report import Anomaly, AnomalyKind
from chalicelib.domain.dsn.structure import ExpectedContract
from chalicelib.domain.dsn_sheet import PERIODS
from chalicelib.domain.money import Cents, in_euros

PERIOD = re.compile(r"\d{4}(?:M(?:0[1-9]|1[0-2])|T0[1-4])")
MONTHLY = PERIODS["monthly"]
_GAPS = {
    Gap.NOT_DECLARED: (AnomalyKind.NOT_DECLARED, AFFILIATION),
    Gap.NOT_CALLED: (AnomalyKind.NOT_CALLED, AFFILIATION),
    Gap.OTHER_PERIOD: (AnomalyKind.OTHER_PERIOD, "S21.G00.78"),
    Gap.BASE: (AnomalyKind.CALLED_BASE, COMPONENT),
    Gap.RATE: (AnomalyKind.CALLED_AMOUNT, CONTRIBUTED),
}


def check_payments(
    payments: Sequence[Payment], contracts: Iterable[ExpectedContract], *, declared_cents: Cents
) -> Iterator[Anomaly]:
    """What is wrong with what the declaration pays us, ``declared_cents`` being all its individual contributions.

    A declaration that pays nothing is not wrong: the company may pay otherwise. Nor need the two agree where a contract
    is paid by the quarter.

    Units: cents.
    Source: NEODeS, blocks S21.G00.20 and S21.G00.55; dossier 8.3.
    """
    frequencies = {one.sheet.frequency for one in contracts}
    paid = 0
    for payment in payments:
        amount = payment.block.cents("005")
        if amount is None:
            yield _of_payment(AnomalyKind.UNREADABLE_AMOUNT, payment, found=payment.block.text("005"))
            continue
        paid += amount
        shared = sum(share.cents("001") or 0 for share in payment.shares)
        if payment.shares and shared != amount:
            yield _of_payment(
                AnomalyKind.PAYMENT_SHARES,
                payment,
                found=in_euros(shared),
                expected=in_euros(amount),
                at_stake_cents=amount - shared,
            )
        yield from _check_periods(payment, frequencies)
    if payments and frequencies == {MONTHLY} and paid != declared_cents:
        yield _of_payment(
            AnomalyKind.PAYMENT_AMOUNT,
            payments[0],
            found=in_euros(paid),
            expected=in_euros(declared_cents),
            at_stake_cents=paid - declared_cents,
        )


def check_absent(
    contracts: Iterable[ExpectedContract],
    members: Iterable[ExpectedMember],
    seen: Mapping[str, set[str]],
    *,
    month: date,
    called: Mapping[tuple[str, str], Cents],
    names: Mapping[str, str],
) -> Iterator[Anomaly]:
    """Who is affiliated to a declared contract in a month and not named in the declaration.

    ``seen`` holds, by contract, the members who are named; ``called`` what was called of a member for the month under a
    contract, which is what is at stake; ``names`` how the employer knows a member. Units: cents.
    """
    everybody = list(members)
    for contract in contracts:
        for member in everybody:
            missing = member.member_id not in seen.get(contract.contract_id, set())
            if missing and member.stay_in(contract.contract_id, month):
                yield Anomaly(
                    kind=AnomalyKind.NOT_DECLARED,
                    rubrique=AFFILIATION,
                    contract_number=contract.number,
                    who=names.get(member.member_id, ""),
                    member_id=member.member_id,
                    at_stake_cents=-called.get((contract.contract_id, member.member_id), 0),
                )


def anomaly_of(gap: Discrepancy, contract: ExpectedContract, *, who: str) -> Anomaly:
    """A difference from what was called, as an anomaly of the declaration; what is at stake is the difference."""
    kind, rubrique = _GAPS[gap.gap]
    return Anomaly(
        kind=kind,
        rubrique=rubrique,
        contract_number=contract.number,
        who=who,
        member_id=gap.member_id,
        found=in_euros(gap.declared_cents),
        expected=in_euros(gap.called_cents),
        at_stake_cents=gap.difference_cents,
    )


def _check_periods(payment: Payment, frequencies: set[str]) -> Iterator[Anomaly]:
    for share in payment.shares:
        written = share.text("004")
        if not PERIOD.fullmatch(written) or (frequencies and written[4] not in frequencies):
            yield Anomaly(
                kind=AnomalyKind.PAYMENT_PERIOD,
                rubrique=f"{SHARE}.004",
                line=share.line_of("004"),
                found=written,
                expected=" ou ".join(sorted(f"AAAA{one}NN" for one in frequencies)),
            )


def _of_payment(
    kind: AnomalyKind, payment: Payment, *, found: str, expected: str = "", at_stake_cents: Cents = 0
) -> Anomaly:
    return Anomaly(
        kind=kind,
        rubrique=f"{PAYMENT}.005",
        line=payment.block.line_of("005"),
        found=found,
        expected=expected,
        at_stake_cents=at_stake_cents,
    )
