"""The cost page's arithmetic, exact to the last digit, and that what it rests on still holds."""

import doctest
import json
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from chalice.app import ScheduledEventConfig

from bench import cost, pricing
from bench.pricing import Assumptions, Line, Model, Price, Source
from tests.api.test_calls_to_aws import COSTS

ROOT = Path(__file__).resolve().parents[2]
SERVICES = {
    "api-rest": "3.50", "api-http": "1.00", "lambda-request": "0.20", "lambda-x86": "16", "lambda-arm": "12",
    "dynamodb-write": "1", "dynamodb-read": "0.20", "dynamodb-storage": "100", "dynamodb-recovery": "50",
    "s3-put": "5", "s3-get": "1", "s3-storage": "10", "s3-storage-ia": "5", "sqs": "0.40", "states": "30",
    "mail": "100", "sms": "70000", "kms-key": "1000000", "kms-request": "3", "logs": "500000", "logs-ia": "250000",
    "logs-storage": "30000", "metric": "300000", "alarm": "100000", "traffic": "90000",
    "waf-acl": "5", "waf-rule": "1", "waf-request": "0.60", "scan": "90000", "scan-object": "215",
}  # fmt: skip


def a_visit(**totals: int) -> dict[str, Any]:
    """What one action took: two requests, one of them a write of 20 ms of CPU."""
    return {
        "totals": {"requests": 2, "preflights": 1, "half_reads": 3, "write_units": 4, "log_bytes": 600} | totals,
        "routes": {},
        "invocations": {"api_handler": 2},
        "cpu_ms": {"api_handler": 20},
        "calls": {"api_handler": {"dynamodb.GetItem": 2}},
        "tables": {},
    }


def a_model(**changes: Any) -> Model:
    """A small portal with round prices, in millionths unless a price is of one thing."""
    one = {"waf-acl", "waf-rule"}
    prices = {
        key: Price(key, key, Decimal(usd), Decimal(1 if key in one else 1_000_000), "", "read", "", "", "")
        for key, usd in SERVICES.items()
    }
    other = {name: Decimal(1) for name in pricing.load().usage.other} | {
        "months_kept": Decimal(60), "full_cpu_mb": Decimal(2048), "platform_log_bytes": Decimal(200),
        "cold_ms": Decimal(1000), "sqs_requests": Decimal(3), "poll_seconds": Decimal(20), "pollers": Decimal(5),
        "extra_key_versions": Decimal(2), "upload_bytes": Decimal(1_000_000),
    }  # fmt: skip
    usage = Assumptions(
        volumes={"visit": Decimal(10)},
        schedules={},
        stock={},
        cold={1000: Decimal("0.1"), 1_000_000: Decimal(0)},
        wait_ms={"dynamodb": Decimal(5), "other": Decimal(0)},
        other=other,
    )
    model = Model(
        prices=prices,
        usage=usage,
        counts={"visit": a_visit()},
        resources={"rotated": 0, "listened": 0},
        memory_mb={"api_handler": Decimal(1024)},
    )
    return replace(model, **changes)


def quantities(model: Model, members: int = 1000) -> dict[tuple[str, str], Decimal]:
    return {(line.key, line.why): line.quantity for line in pricing.monthly(model, members) if line.quantity}


@pytest.mark.parametrize("module", [cost, pricing])
def test_the_examples_of_the_docstrings_hold(module: Any) -> None:
    assert doctest.testmod(module).failed == 0


def test_a_month_counts_each_action_as_often_as_it_happens() -> None:
    found = quantities(a_model())
    assert found["api-rest", "requests"] == 20
    assert found["api-rest", "preflights of the browser"] == 10
    assert found["lambda-request", "invocations"] == 20
    assert found["dynamodb-write", "writes"] == 40
    assert found["dynamodb-read", "reads"] == 15
    # 600 bytes of ours and 2 × 200 of Lambda's, ten times.
    assert found["logs", "log lines"] == Decimal("0.00001")


def test_lambda_bills_cpu_at_the_memory_s_share_of_a_processor_and_waiting_and_cold_starts() -> None:
    """1024 MB of 2048 are half a processor: 20 ms become 40; two calls wait 10 ms; a tenth of two runs starts cold."""
    found = quantities(a_model())
    assert found["lambda-x86", "computing and waiting"] == 10 * (Decimal(40) + 10 + 200) / 1000
    warm = quantities(a_model(), 1_000_000)
    assert warm["lambda-x86", "computing and waiting"] == 10_000 * (Decimal(40) + 10) / 1000


def test_more_members_multiply_what_they_do_and_nothing_else() -> None:
    model = a_model(resources={"rotated": 1, "listened": 2, "kms-key": 3, "alarm": 4})
    small, large = pricing.monthly(model, 1000), pricing.monthly(model, 1_000_000)
    standing = [line for line in small if line.source is Source.STANDING]
    assert standing == [line for line in large if line.source is Source.STANDING]
    assert [(line.key, line.quantity) for line in standing] == [
        ("kms-key", 3),
        ("alarm", 4),
        ("kms-key", 2),
        ("sqs", 2 * 5 * 730 * 3600 / Decimal(20)),
    ]
    used = {line.why: line.quantity for line in small if line.source is Source.USE}
    more = {line.why: line.quantity for line in large if line.source is Source.USE}
    assert used["requests"] * 1000 == more["requests"]


def test_what_is_kept_adds_up_over_the_months_to_what_was_there() -> None:
    """10 a month for 60 months and 400 from the start are 1,000; each leaves an item, a page of ours and two files."""
    counts = {"visit": a_visit(item_bytes=5_000, kept_bytes=50_000, kept_uploads=2)}
    model = a_model(counts=counts)
    found = quantities(replace(model, usage=replace(model.usage, stock={"visit": Decimal(400)})))
    assert found["dynamodb-storage", "items and indexes"] == Decimal("0.005")
    assert found["dynamodb-recovery", "recovery of items"] == Decimal("0.005")
    assert found["s3-storage", "documents"] == Decimal("2.05")


def test_the_price_of_a_month_to_the_last_digit() -> None:
    """In millionths: 30 requests at 3.50, 20 runs at 0.20, 2.5 GB-s at 16, 40 writes, 15 reads at 0.20, and logs."""
    model = a_model()
    logs = Decimal("0.00001") * (500_000 + 30_000)
    millionths = 30 * Decimal("3.50") + 20 * Decimal("0.20") + Decimal("2.5") * 16 + 40 + 15 * Decimal("0.20") + logs
    assert pricing.price(model, pricing.monthly(model, 1000)) == millionths / 1_000_000
    assert sum(pricing.by_service(model, pricing.monthly(model, 1000)).values()) == millionths / 1_000_000


def test_firewall_gateway_log_and_scan_are_billed_when_the_template_has_them() -> None:
    counts = {"visit": a_visit(uploads=2)}
    assert not {"waf-request", "scan", "scan-object"} & {key for key, _ in quantities(a_model(counts=counts))}
    resources = {"rotated": 0, "listened": 0, "waf-acl": 1, "waf-rule": 3, "access-logs": 1, "scanned": 1}
    found = quantities(a_model(counts=counts, resources=resources))
    assert found["waf-request", "requests looked at"] == 30
    assert found["waf-acl", "by existing"] == 1
    assert found["waf-rule", "by existing"] == 3
    assert found["logs", "the gateway's log"] == Decimal(30) / 10**9
    assert found["scan", "files scanned, by size"] == Decimal("0.02")
    assert found["scan-object", "files scanned, by number"] == 20


def test_an_hour_in_which_a_route_answers_pays_its_metrics() -> None:
    """A route asked at every turn is billed all month; the chance of an hour without a request is taken off."""
    counts = {"visit": a_visit() | {"routes": {"GET /member": 1}}}
    model = a_model(counts=counts, resources={"rotated": 0, "listened": 0, "method-metrics": 1})
    found = quantities(model)
    assert found["metric", "detailed metrics of each route"] == 1 - (Decimal(-10) / 730).exp()
    assert ("metric", "detailed metrics of each route") not in quantities(a_model(counts=counts))


def test_a_lever_saves_the_difference_of_two_prices() -> None:
    model = a_model()
    assert pricing.saving(model, "HTTP API instead of REST", 1000) == 30 * Decimal("2.50") / 1_000_000
    assert pricing.saving(model, "portal and API under one name: no preflights", 1000) == Decimal("0.000035")
    counts = {"visit": a_visit(kept_bytes=1_000_000)}
    # 24 months × 10 × 1 MB are 0.24 GB at 10 millionths.
    shorter = "claims and documents kept for three years, not five"
    assert pricing.saving(a_model(counts=counts), shorter, 1000) == Decimal("0.0000024")


def test_one_more_action_costs_what_it_consumes_and_keeps() -> None:
    alone = pricing.once(a_model(), "visit")
    assert alone["api-rest"] == 3 * Decimal("3.50") / 1_000_000
    assert alone["dynamodb-write"] == Decimal("0.000004")
    assert not {"kms-key", "alarm", "metric"} & alone.keys()


@pytest.mark.parametrize(("amount", "shown"), [("0.005", "0.01"), ("0.0049", "0.00"), ("12345.675", "12,345.68")])
def test_dollars_are_shown_to_the_cent_half_up(amount: str, shown: str) -> None:
    assert cost.cents(Decimal(amount)) == shown


def test_every_price_says_how_it_is_known() -> None:
    model = pricing.load()
    for key, one in model.prices.items():
        assert one.trust in {"read", "memory"}, key
        assert all((one.service, one.what, one.unit, one.known, one.dated, one.offer)), key
        assert one.usd > 0, key
        assert one.per > 0, key


def test_every_action_is_counted_and_has_a_volume() -> None:
    model = pricing.load()
    assert model.counts.keys() == {*model.usage.volumes, *model.usage.schedules}
    assert model.usage.stock.keys() <= model.counts.keys()
    assert set(model.usage.cold) == set(pricing.SIZES)


def test_every_schedule_of_the_app_is_counted() -> None:
    import app

    scheduled = {one.name for one in app.app.event_sources if isinstance(one, ScheduledEventConfig)}
    assert pricing.load().usage.schedules.keys() == scheduled


def test_the_services_add_up_to_the_total() -> None:
    model = pricing.load()
    for members in pricing.SIZES:
        lines: list[Line] = pricing.monthly(model, members)
        assert sum(pricing.by_service(model, lines).values()) == pytest.approx(pricing.price(model, lines))


def test_the_counted_routes_make_the_calls_that_are_pinned() -> None:
    """A member's visit consists of routes whose calls are pinned: together they are what was counted."""
    pinned = {name.replace("{request_id}", "{}").replace("{reimbursement_id}", "{}"): calls for name, _, calls in COSTS}
    bill = pricing.load().counts["member_visits"]
    expected: Counter[str] = Counter()
    for route, times in bill["routes"].items():
        for call in pinned[route]:
            expected[call] += times
    assert bill["calls"]["api_handler"] == expected, "count anew: python -m bench.cost --count"


def test_the_counted_routes_exist() -> None:
    description = json.loads((ROOT / "docs" / "openapi.json").read_text(encoding="utf-8"))
    known = {
        (method.upper(), len(path.split("/"))) for path, methods in description["paths"].items() for method in methods
    }
    for name, bill in pricing.load().counts.items():
        for route in bill["routes"]:
            method, _, path = route.partition(" ")
            assert (method, len(path.split("/"))) in known, f"{name}: {route}"


def test_the_page_is_up_to_date() -> None:
    assert cost.PAGE.read_text(encoding="utf-8") == cost.page(pricing.load()), "python -m bench.cost"
