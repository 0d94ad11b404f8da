"""``python -m bench.cost``: what the portal costs on AWS, written to ``docs/cost.md``.

``--check`` writes nothing and ends with 1 when the page is out of date; ``--count`` first counts every action anew on
the local stack (``bench/counts.json``). Prices are in ``prices.toml``, assumptions in ``usage.toml``.
"""

import sys
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from bench.pricing import (
    LEVERS,
    SIZES,
    Model,
    Source,
    by_service,
    load,
    monthly,
    once,
    options,
    per_thousand,
    price,
    saving,
    text,
)

PAGE = Path(__file__).resolve().parent.parent / "docs" / "cost.md"
CENT = Decimal("0.01")
SHOWN = 4

HEAD = """\
# Cost

Written by `python -m bench.cost`; do not edit. What one stage of the portal costs on AWS in Paris (eu-west-3), in US
dollars a month before tax, once claims and documents of five years are kept: list prices, on demand; no free tier,
volume discount or support plan.
"""
METHOD = """\
`bench/actions.py` lives through the journeys' actions on the local stack and `bench/meter.py` counts what AWS would
bill (`bench/counts.json`). `bench/usage.toml` says how often each action happens, and why; `bench/prices.toml` is the
price list. **The counts are measured, the usage is assumed, and part of the prices is remembered** ({share} of the
totals above). The end of this page says what is left out.
"""
ON_TOP = """\
It would come on top, in dollars per 1,000 members a month. Télétransmission is priced as if each décompte went through
the workflow of a claim; done in batches it would cost less. Also left out: the web client, the domain name, copies
elsewhere, support, people.
"""
LEFT_OUT = """\
What the counting leaves out or bends:

- Every run of a function starts without a data key, so KMS requests are an upper bound: a busy process reuses its key
  for ten minutes. S3's own KMS requests are left out: the buckets have bucket keys.
- An update counts as one write unit: sessions and throttles are small. Items expire for free.
- CPU time was measured once, on a shared machine whose processor is taken for Lambda's.
- A member with years of décomptes reads longer pages than the one counted here.
- People come evenly over the month. At night nobody does, so detailed metrics and table keys cost less than this; in
  the morning many come at once, so cold starts cost more.
- That detailed metrics of a route are billed like custom metrics, in the hours in which they get a value, is how we
  read AWS's pricing; the first bill will tell.
- Failures, retries, attacks and the night's work over many deadlines are not counted.
- The start and the end of an execution count as transitions, beside each state entered.
"""
TRUST = """\
`read`: seen for this region, or the same in all. `memory`: remembered, to be checked in AWS's price list,
`https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/<offer>/current/eu-west-3/index.json`.
"""


def cents(amount: Decimal) -> str:
    """Dollars to the cent, half up.

    >>> cents(Decimal("1234.565"))
    '1,234.57'
    """
    return f"{amount.quantize(CENT, ROUND_HALF_UP):,}"


def percent(part: Decimal, whole: Decimal) -> str:
    """A share as a whole number of percent, half up.

    >>> percent(Decimal(1), Decimal(8))
    '13 %'
    """
    return f"{(part / whole * 100).quantize(Decimal(1), ROUND_HALF_UP)} %"


def page(model: Model) -> str:
    """The whole page."""
    parts = (_head, _services, _dominant, _actions, _levers, _options, _assumed, _left_out, _prices)
    return "\n".join(line for part in parts for line in part(model)).rstrip() + "\n"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: bool = True) -> Iterator[str]:
    for cells in (head, ["---", *["---:" if numbers else "---"] * (len(head) - 1)], *rows):
        yield f"| {' | '.join(cells)} |"
    yield ""


def _by_size(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    return _table(("", *(f"{members:,} members" for members in SIZES)), rows)


def _head(model: Model) -> Iterator[str]:
    totals = [price(model, monthly(model, members)) for members in SIZES]
    each = [per_thousand(total, members) for total, members in zip(totals, SIZES, strict=True)]
    yield HEAD
    yield from _by_size(
        [
            ("per 1,000 members a month", *(f"**{cents(one)}**" for one in each)),
            ("the whole portal a month", *(cents(one) for one in totals)),
        ]
    )
    yield METHOD.format(share=", ".join(_remembered(model, members) for members in SIZES))


def _remembered(model: Model, members: int) -> str:
    lines = monthly(model, members)
    known = [line for line in lines if model.prices[line.key].trust == "memory"]
    return percent(price(model, known), price(model, lines))


def _services(model: Model) -> Iterator[str]:
    bills = {members: by_service(model, monthly(model, members)) for members in SIZES}
    largest = bills[SIZES[-1]]
    yield "## By service, per 1,000 members a month\n"
    yield from _by_size(
        (name, *(cents(per_thousand(bills[members][name], members)) for members in SIZES))
        for name in sorted(largest, key=lambda name: -largest[name])
    )


def _dominant(model: Model) -> Iterator[str]:
    yield "## What dominates\n"
    for members in SIZES:
        lines = monthly(model, members)
        whole = price(model, lines)
        standing = price(model, [line for line in lines if line.source is Source.STANDING])
        yield f"**{members:,} members** ({percent(standing, whole)} is spent whatever people do):\n"
        for line in sorted(lines, key=lambda line: -price(model, [line]))[:SHOWN]:
            yield f"- {percent(price(model, [line]), whole)} {model.prices[line.key].service}: {line.why}"
        yield ""


def _actions(model: Model) -> Iterator[str]:
    yield "## What an action costs\n"
    yield f"One thousand more of each on a portal of {SIZES[-1]:,} members, what they leave behind kept for"
    yield f"{model.usage.other['months_kept']} months. The other columns are counts for one.\n"
    rows = []
    for name in model.usage.volumes:
        bill = model.counts[name]
        totals = bill["totals"]
        counted = (
            totals.get("requests", 0), sum(bill["invocations"].values()), totals.get("half_reads", 0) / 2,
            totals.get("write_units", 0), totals.get("kms", 0), totals.get("transitions", 0), totals.get("mails", 0),
        )  # fmt: skip
        whole = sum(once(model, name).values(), Decimal())
        rows.append((f"`{name}`", cents(whole * 1000), *(f"{one:g}" for one in counted)))
    head = ("", "USD per 1,000", "requests", "invocations", "reads", "writes", "KMS", "transitions", "mails")
    yield from _table(head, rows)


def _levers(model: Model) -> Iterator[str]:
    yield "## What would cut it\n"
    yield "Each alone, in dollars per 1,000 members a month.\n"
    yield from _by_size(
        (name, *(cents(per_thousand(saving(model, name, size), size)) for size in SIZES)) for name in LEVERS
    )


def _options(model: Model) -> Iterator[str]:
    yield "## What is not counted above\n"
    yield ON_TOP
    extra = {size: options(model, size) for size in SIZES}
    yield from _by_size(
        (name, *(cents(per_thousand(extra[size][name], size)) for size in SIZES)) for name in extra[SIZES[0]]
    )


def _assumed(model: Model) -> Iterator[str]:
    raw = tomllib.loads(text("usage.toml"))
    yield "## Assumptions\n"
    rows = {**raw["volumes"], **raw["schedules"]}.items()
    yield from _table(
        ("per 1,000 members; a schedule in all", "a month", "because"),
        [(f"`{name}`", row["a_month"], row["why"]) for name, row in rows],
        numbers=False,
    )
    yield from _table(
        ("", "value", "because"),
        [
            *((f"cold starts at {int(size):,} members", row["share"], row["why"]) for size, row in raw["cold"].items()),
            *((name.replace("_", " "), row["value"], row["why"]) for name, row in raw["other"].items()),
            *((f"ms of waiting for {name}", amount, "a guess") for name, amount in raw["wait_ms"].items()),
        ],
        numbers=False,
    )  # fmt: skip


def _left_out(model: Model) -> Iterator[str]:
    yield LEFT_OUT


def _prices(model: Model) -> Iterator[str]:
    yield "## Prices\n"
    yield TRUST
    yield from _table(
        ("", "USD", "for", "trust", "known from", "dated", "offer"),
        [
            (
                f"{one.service}: {one.what}", f"{one.usd}", f"{one.per:,} {one.unit}",
                one.trust, one.known, one.dated, one.offer,
            )
            for one in model.prices.values()
        ],
        numbers=False,
    )  # fmt: skip


def main(arguments: Sequence[str]) -> int:
    """Write the page, or check it; returns the exit code."""
    if "--count" in arguments:
        from bench import actions

        actions.save(actions.count())
    written = page(load())
    if "--check" not in arguments:
        PAGE.write_text(written, encoding="utf-8")
        return 0
    if PAGE.read_text(encoding="utf-8") != written:
        print("docs/cost.md is out of date: run python -m bench.cost", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
