"""What a month of the portal costs on AWS: quantities counted on the local stack, assumptions of use, a price list.

All amounts are exact decimals; only the page rounds.
"""

import json
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any

Json = dict[str, Any]

HERE = Path(__file__).resolve().parent
INFRA = HERE.parent / "infra"
CONFIG = HERE.parent / ".chalice" / "config.json"
SIZES = (1_000, 100_000, 1_000_000)
HOURS = Decimal(730)
GB = Decimal(10**9)


@dataclass(frozen=True, slots=True)
class Price:
    """So many dollars for so many units; ``trust`` is ``read`` or ``memory``."""

    service: str
    what: str
    usd: Decimal
    per: Decimal
    unit: str
    trust: str
    known: str
    dated: str
    offer: str

    def of(self, quantity: Decimal) -> Decimal:
        """The exact price of a quantity, in dollars.

        >>> Price("SQS", "request", Decimal("0.40"), Decimal(1_000), "requests", "read", "", "", "").of(Decimal(250))
        Decimal('0.10')
        """
        return quantity * self.usd / self.per


class Source(Enum):
    """What a quantity follows from: what people do, what is kept of it, how regularly they come, or none of these."""

    USE = "use"
    KEPT = "kept"
    RHYTHM = "rhythm"
    STANDING = "standing"


@dataclass(frozen=True, slots=True)
class Line:
    """A quantity of a month at one price, and what it follows from."""

    key: str
    quantity: Decimal
    why: str
    source: Source


@dataclass(frozen=True, slots=True)
class Assumptions:
    """``usage.toml``, its amounts as decimals."""

    volumes: dict[str, Decimal]
    schedules: dict[str, Decimal]
    stock: dict[str, Decimal]
    cold: dict[int, Decimal]
    wait_ms: dict[str, Decimal]
    other: dict[str, Decimal]


@dataclass(frozen=True, slots=True)
class Model:
    """All that the cost follows from."""

    prices: dict[str, Price]
    usage: Assumptions
    counts: dict[str, Json]
    resources: dict[str, int]
    memory_mb: dict[str, Decimal]


def read_prices(text: str) -> dict[str, Price]:
    """The prices of a price list, by key."""
    rows = tomllib.loads(text)["prices"]
    return {key: Price(**{**row, "usd": Decimal(row["usd"]), "per": Decimal(row["per"])}) for key, row in rows.items()}


def read_usage(text: str) -> Assumptions:
    """The assumptions."""
    raw = tomllib.loads(text)
    return Assumptions(
        volumes={name: Decimal(row["a_month"]) for name, row in raw["volumes"].items()},
        schedules={name: Decimal(row["a_month"]) for name, row in raw["schedules"].items()},
        stock={name: Decimal(amount) for name, amount in raw["stock"].items()},
        cold={int(members): Decimal(row["share"]) for members, row in raw["cold"].items()},
        wait_ms={name: Decimal(amount) for name, amount in raw["wait_ms"].items()},
        other={name: Decimal(row["value"]) for name, row in raw["other"].items()},
    )


def load() -> Model:
    """The model of this repository."""
    priced = tomllib.loads(text("prices.toml"))["resources"]
    functions = json.loads(CONFIG.read_text(encoding="utf-8"))["stages"]["prod"]["lambda_functions"]
    return Model(
        prices=read_prices(text("prices.toml")),
        usage=read_usage(text("usage.toml")),
        counts=json.loads(text("counts.json")),
        resources=_standing(priced),
        memory_mb={name: Decimal(row["lambda_memory_size"]) for name, row in functions.items()},
    )


def text(name: str) -> str:
    """A file of this folder."""
    return (HERE / name).read_text(encoding="utf-8")


def _standing(priced: Mapping[str, str]) -> dict[str, int]:
    """What the template holds: what costs by existing, by price key, and what decides on other costs."""
    found: dict[str, int] = defaultdict(int)
    for fragment in INFRA.glob("*.json"):
        for resource in json.loads(fragment.read_text(encoding="utf-8")).get("Resources", {}).values():
            kind, properties = resource.get("Type", ""), resource.get("Properties", {})
            if kind in priced:
                found[priced[kind]] += 1
            found["rotated"] += bool(properties.get("EnableKeyRotation"))
            found["listened"] += kind == "AWS::SQS::Queue" and "RedrivePolicy" in properties
            found["method-metrics"] += any(one.get("MetricsEnabled") for one in properties.get("MethodSettings", []))
            found["access-logs"] += "AccessLogSetting" in properties
            found["scanned"] += kind == "AWS::GuardDuty::MalwareProtectionPlan"
            if kind == "AWS::WAFv2::WebACL":
                found["waf-rule"] += len(properties["Rules"])
    return dict(sorted(found.items()))


def monthly(model: Model, members: int) -> list[Line]:
    """Every line of a month's bill for one stage with so many members.

    Errors: ``KeyError`` for a size that the assumptions have no row for.
    """
    thousands = Decimal(members) / 1000
    often = {name: amount * thousands for name, amount in model.usage.volumes.items()}
    return [
        *_used(model, often, model.usage.cold[members], Source.USE),
        *_used(model, model.usage.schedules, Decimal(1), Source.STANDING),
        *_guarded(model, often),
        *_kept(model, often, thousands),
        *_standing_lines(model),
        *_by_rhythm(model, often),
    ]


def _used(model: Model, often: Mapping[str, Decimal], cold: Decimal, source: Source) -> Iterator[Line]:
    """What actions consume each time."""
    other = model.usage.other
    total: dict[str, Decimal] = defaultdict(Decimal)
    seconds = invocations = Decimal()
    for name, times in often.items():
        bill = model.counts[name]
        invocations += times * sum(bill["invocations"].values())
        seconds += times * _gb_seconds(model, bill, cold)
        for kind, amount in bill["totals"].items():
            total[kind] += times * amount
    logged = total["log_bytes"] + invocations * other["platform_log_bytes"]
    lines = [
        Line("api-rest", total["requests"], "requests", source),
        Line("api-rest", total["preflights"], "preflights of the browser", source),
        Line("lambda-request", invocations, "invocations", source),
        Line("lambda-x86", seconds, "computing and waiting", source),
        Line("dynamodb-write", total["write_units"], "writes", source),
        Line("dynamodb-read", total["half_reads"] / 2, "reads", source),
        Line("s3-put", total["s3_puts"], "files written", source),
        Line("s3-get", total["s3_gets"], "files read", source),
        Line("sqs", total["messages"] * other["sqs_requests"], "messages", source),
        Line("states", total["transitions"], "the claims' workflow", source),
        Line("mail", total["mails"], "mails", source),
        Line("sms", total["texts"], "text messages", source),
        Line("kms-request", total["kms"], "fields sealed, opened and looked up", source),
        Line("logs", logged / GB, "log lines", source),
        Line("logs-storage", logged / GB * other["log_months"] * other["log_compression"], "kept logs", source),
        Line("traffic", (total["response_bytes"] + total["download_bytes"]) / GB, "answers and downloads", source),
    ]
    return (line for line in lines if line.quantity)


def _guarded(model: Model, often: Mapping[str, Decimal]) -> Iterator[Line]:
    """What the firewall, the gateway's log and the scan of files add to each request and each file."""
    other, total = model.usage.other, defaultdict[str, Decimal](Decimal)
    for name, times in often.items():
        for kind, amount in model.counts[name]["totals"].items():
            total[kind] += times * amount
    requests, files = total["requests"] + total["preflights"], total["uploads"]
    if model.resources.get("waf-acl"):
        yield Line("waf-request", requests, "requests looked at", Source.USE)
    if model.resources.get("access-logs"):
        yield Line("logs", requests * other["access_log_bytes"] / GB, "the gateway's log", Source.USE)
    if model.resources.get("scanned"):
        yield Line("scan", files * other["upload_bytes"] / GB, "files scanned, by size", Source.USE)
        yield Line("scan-object", files, "files scanned, by number", Source.USE)


def _gb_seconds(model: Model, bill: Json, cold: Decimal) -> Decimal:
    """Memory times billed time of one action: own CPU at the function's share of a processor, waiting, cold starts."""
    other, wait, found = model.usage.other, model.usage.wait_ms, Decimal()
    for function, times in bill["invocations"].items():
        memory = model.memory_mb[function]
        slower = max(Decimal(1), other["full_cpu_mb"] / memory)
        calls = bill["calls"].get(function, {}).items()
        waiting = sum(
            (wait.get(operation.partition(".")[0], wait["other"]) * count for operation, count in calls), Decimal()
        )
        milliseconds = bill["cpu_ms"].get(function, 0) * slower + waiting + times * cold * other["cold_ms"]
        found += milliseconds / 1000 * memory / 1024
    return found


def _kept(model: Model, often: Mapping[str, Decimal], thousands: Decimal) -> Iterator[Line]:
    """What is stored: what is there from the start, and what the months have added."""
    other, items, objects = model.usage.other, Decimal(), Decimal()
    for name in model.counts:
        totals = model.counts[name]["totals"]
        times = often.get(name, 0) * other["months_kept"] + model.usage.stock.get(name, 0) * thousands
        items += times * totals.get("item_bytes", 0)
        objects += times * (totals.get("kept_bytes", 0) + totals.get("kept_uploads", 0) * other["upload_bytes"])
    yield Line("dynamodb-storage", items / GB, "items and indexes", Source.KEPT)
    yield Line("dynamodb-recovery", items / GB, "recovery of items", Source.KEPT)
    yield Line("s3-storage", objects / GB, "documents", Source.KEPT)


def _standing_lines(model: Model) -> Iterator[Line]:
    """What costs by existing."""
    other, resources = model.usage.other, model.resources
    for key, number in resources.items():
        if key in model.prices:
            yield Line(key, Decimal(number), "by existing", Source.STANDING)
    yield Line("kms-key", resources["rotated"] * other["extra_key_versions"], "rotated versions", Source.STANDING)
    polls = resources["listened"] * other["pollers"] * HOURS * 3600 / other["poll_seconds"]
    yield Line("sqs", polls, "polls of empty queues", Source.STANDING)


def _by_rhythm(model: Model, often: Mapping[str, Decimal]) -> Iterator[Line]:
    """What is billed by the stretch of time in which something was used at least once."""
    other, times = model.usage.other, {**often, **model.usage.schedules}
    routes: dict[str, Decimal] = defaultdict(Decimal)
    keys: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for name, amount in times.items():
        for route, count in model.counts[name]["routes"].items():
            routes[route] += amount * count
        for function, used in model.counts[name]["tables"].items():
            for table, count in used.items():
                keys[function, table] += amount * count
    if model.resources.get("method-metrics"):
        active = sum((busy(amount, HOURS) for amount in routes.values()), Decimal())
        yield Line("metric", active * other["metrics_per_method"], "detailed metrics of each route", Source.RHYTHM)
    windows = HOURS * 3600 / other["table_key_seconds"]
    opened = sum((busy(amount, windows) * windows for amount in keys.values()), Decimal())
    yield Line("kms-request", opened, "keys of the tables", Source.RHYTHM)


def busy(times: Decimal, stretches: Decimal) -> Decimal:
    """The share of stretches of time with at least one event, when events come independently of each other.

    >>> busy(Decimal(0), Decimal(730)), round(busy(Decimal(730), Decimal(730)), 3)
    (Decimal('0'), Decimal('0.632'))
    """
    return 1 - (-times / stretches).exp()


def price(model: Model, lines: Sequence[Line]) -> Decimal:
    """What lines cost together, in dollars, unrounded."""
    return sum((model.prices[line.key].of(line.quantity) for line in lines), Decimal())


def per_thousand(amount: Decimal, members: int) -> Decimal:
    """An amount for all members, for each thousand of them."""
    return amount * 1000 / members


def by_service(model: Model, lines: Sequence[Line]) -> dict[str, Decimal]:
    """What lines cost, by service."""
    found: dict[str, Decimal] = defaultdict(Decimal)
    for line in lines:
        found[model.prices[line.key].service] += model.prices[line.key].of(line.quantity)
    return dict(found)


def once(model: Model, action: str) -> dict[str, Decimal]:
    """What one more of an action costs by service, the keeping of what it leaves behind included, in dollars."""
    size = SIZES[-1]
    alone = replace(model.usage, volumes={action: Decimal(1)}, schedules={}, stock={})
    lines = [line for line in monthly(replace(model, usage=alone), size) if line.source in {Source.USE, Source.KEPT}]
    return {service: per_thousand(amount, size) for service, amount in by_service(model, lines).items()}


Lever = Callable[[Model, int], list[Line]]


def _instead(key: str, other: str) -> Lever:
    return lambda model, members: [
        replace(line, key=other) if line.key == key else line for line in monthly(model, members)
    ]


def _without(why: str) -> Lever:
    return lambda model, members: [line for line in monthly(model, members) if line.why != why]


def _kept_for(months: int) -> Lever:
    def lines(model: Model, members: int) -> list[Line]:
        other = {**model.usage.other, "months_kept": Decimal(months)}
        return monthly(replace(model, usage=replace(model.usage, other=other)), members)

    return lines


LEVERS: dict[str, Lever] = {
    "no detailed metrics of each route (the log has them)": _without("detailed metrics of each route"),
    "portal and API under one name: no preflights": _without("preflights of the browser"),
    "HTTP API instead of REST": _instead("api-rest", "api-http"),
    "arm64 instead of x86": _instead("lambda-x86", "lambda-arm"),
    "logs in the infrequent-access class": _instead("logs", "logs-ia"),
    "documents in S3 Standard-IA, their retrieval left out": _instead("s3-storage", "s3-storage-ia"),
    "claims and documents kept for three years, not five": _kept_for(36),
}


def saving(model: Model, lever: str, members: int) -> Decimal:
    """What a lever takes off a month's bill, in dollars."""
    return price(model, monthly(model, members)) - price(model, LEVERS[lever](model, members))


def options(model: Model, members: int) -> dict[str, Decimal]:
    """What is not built or not asked for and would come on top, in dollars a month."""
    lines, thousands = monthly(model, members), Decimal(members) / 1000
    visits = model.usage.volumes["member_visits"]
    return {
        "a code by SMS at each member's visit": model.prices["sms"].of(visits * thousands),
        "one more stage that nobody uses": price(model, [line for line in lines if line.source is Source.STANDING]),
    }
