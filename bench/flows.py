"""``python -m bench.flows [lines …]``: what a flow file of the mandatory scheme takes, on one core, as it grows.

The real path, in one process on moto: the file is cut, each part applied, the report written. Every décompte is of a
person of its own family, with one to four lines; an employee has one décompte or two. CPU time is taken; what the
simulated AWS takes of it is told apart.
"""

from moto import mock_aws  # noqa: F401, I001 - moto comes before any boto3 client is made

import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import date

from bench.__main__ import load_app, print_table
from bench.route import Calls, Json
from local.stack import Stack

SIZES = (1_000, 10_000)
LINES_OF_A_DECOMPTE = (1, 2, 3, 4)
DECOMPTES_PER_EMPLOYEE = 2
CARE_ON = date(2026, 3, 2)
CONSULTATION = {
    "act": "G",
    "base_cents": 3000,
    "rate_percent": "70",
    "statutory_cents": 1900,
    "withheld": {"participation_cents": 200},
    "professional": "10000123454",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What a file took: seconds of CPU in all and within calls to AWS, and which calls."""

    lines: int
    decomptes: int
    seconds: float
    aws_seconds: float
    calls: Counter[str]

    @property
    def own_microseconds(self) -> float:
        """What a line takes outside of any call to AWS."""
        return (self.seconds - self.aws_seconds) / self.lines * 1_000_000

    @property
    def calls_per_thousand(self) -> float:
        """Calls to AWS for a thousand lines."""
        return self.calls.total() / self.lines * 1_000


def measure(size: int, town: "Town") -> Figures:
    """Apply one file of a number of lines to a portal that has never seen any of it."""
    from chalicelib.gateways import documents
    from chalicelib.services import intake_batches

    lines = list(town.lines(size))
    header = {"kind": "flow", "reference": f"BENCH-{size}", "scheme": "01751", "issued_on": f"{CARE_ON}"}
    content = b"\n".join(json.dumps(one).encode() for one in (header, *lines))
    key = f"incoming/bench-{size}.jsonl"
    documents.write("intake", key, content, content_type="application/jsonl")
    found = documents.version("intake", key)
    assert found is not None
    drop = intake_batches.Drop(key=key, drop=f"bench-{size}", etag=found.etag, size=found.size)
    calls = Calls(clock=time.process_time)
    started = time.process_time()
    with calls.watched():
        cut = intake_batches.split(drop)
        for part in range(1, -(-len(lines) // intake_batches.LINES_PER_PART) + 1):
            intake_batches.apply_part(cut.batch, part)
        outcome = intake_batches.report(key, drop.drop, cut.batch)
    seconds = time.process_time() - started
    report = documents.read("intake", f"{key}.report", max_bytes=1 << 20) or b""
    told = json.loads(report)
    assert (outcome, told["accepted"], told["refused"]) == ("accepted", len(lines), 0), told
    return Figures(
        lines=len(lines),
        decomptes=len({one["decompte"] for one in lines}),
        seconds=seconds,
        aws_seconds=calls.seconds,
        calls=Counter(calls.names),
    )


class Town:
    """A company with a santé contract, and as many employees as the lines need."""

    def __init__(self) -> None:
        from chalicelib.services import insured, subscription
        from chalicelib.services.intake_files import SubscriptionFile
        from chalicelib.storage import companies, contracts
        from chalicelib.validation import validated
        from tests import samples

        file = validated(SubscriptionFile, samples.subscription())
        subscription.create(file, digest="bench")
        number = subscription.details(file)["companies"][0]["numero_adherent"]
        company = companies.by_number(number)
        assert company is not None
        [self._contract] = contracts.of_company(company.company_id)
        self._account = insured.seal_bank_account(samples.iban(), "Léa Martin")
        self._people = 0

    def employee(self) -> str:
        """The number of an employee whom nobody has treated."""
        from chalicelib import clock
        from chalicelib.domain.company import Risk
        from chalicelib.domain.member import Affiliation, AffiliationState, Beneficiary, BeneficiaryState, Member
        from chalicelib.services import insured, tokens
        from chalicelib.storage import members
        from chalicelib.storage.transaction import Transaction

        self._people += 1
        born = date(1950 + self._people % 50, 1 + self._people % 12, 3)
        body = f"2{born:%y%m}75{self._people // 1_000 % 1_000:03d}{self._people % 1_000:03d}"
        nir = f"{body}{97 - int(body) % 97:02d}"
        starts_on = date(2025, 1, 1)
        person = Beneficiary(
            beneficiary_id=tokens.new_id(),
            rank=1,
            relationship=None,
            first_name="Léa",
            last_name="Martin",
            birth_date=born,
            nir=insured.seal_nir(nir),
            covered_from=starts_on,
            state=BeneficiaryState.ACTIVE,
        )
        membership = Affiliation(
            contract_id=self._contract.contract_id,
            risk=Risk.HEALTH,
            starts_on=starts_on,
            state=AffiliationState.ACTIVE,
        )
        member = Member(
            member_id=tokens.new_id(),
            company_id=self._contract.company_id,
            email=None,
            beneficiaries=(person,),
            bank_account=self._account,
            affiliations=(membership,),
            created_at=clock.now(),
        )
        with Transaction() as transaction:
            members.save(transaction, member)
        return nir

    def lines(self, size: int) -> Iterator[Json]:
        """Acts of as many employees as they need, in the order in which a scheme sends them: person by person."""
        told, number, nir = 0, 0, ""
        while told < size:
            if number % DECOMPTES_PER_EMPLOYEE == 0:
                nir = self.employee()
            count = min(LINES_OF_A_DECOMPTE[number % len(LINES_OF_A_DECOMPTE)], size - told)
            for line in range(1, count + 1):
                yield (
                    {
                        "decompte": f"B{size}-{number}",
                        "line": line,
                        "lines": count,
                        "person": {"nir": nir},
                        "care_on": f"{CARE_ON.replace(day=1 + number % 28)}",
                    }
                    | CONSULTATION
                    | {"expense_cents": 3000 + line}
                )
            told += count
            number += 1


def main(sizes: Sequence[int]) -> None:
    """Print the table of ``docs/performance.md``, and the calls of the largest file."""
    with open(os.devnull, "w", encoding="utf-8") as nowhere, redirect_stdout(nowhere), Stack(load_app):
        town = Town()
        figures = [measure(size, town) for size in sizes]
    rows = [
        (
            f"{one.lines:,}", f"{one.decomptes:,}", f"{1_000_000 / one.own_microseconds:,.0f}",
            f"{one.own_microseconds:,.0f}", f"{one.lines / one.seconds:,.0f}", f"{one.calls_per_thousand:,.0f}",
        )
        for one in figures
    ]  # fmt: skip
    head = ("lines", "décomptes", "lines a second", "µs a line", "lines a second, moto included", "AWS calls / 1,000")
    print_table(head, rows)
    print()
    last = figures[-1]
    each = [(name, f"{count / last.lines * 1_000:,.1f}") for name, count in last.calls.most_common()]
    print_table(("call", f"for 1,000 of {last.lines:,} lines"), each)
    print(f"\nPython {sys.version.split()[0]}, {os.cpu_count()} cores.")


if __name__ == "__main__":
    main([int(one) for one in sys.argv[1:]] or SIZES)
