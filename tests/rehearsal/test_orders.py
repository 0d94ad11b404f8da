"""Orders pass from the journeys to the functions' processes through files."""

from datetime import timedelta
from pathlib import Path

from rehearsal.inside.orders import Order, Orders


def test_the_clock_only_adds_up(tmp_path: Path) -> None:
    orders = Orders(tmp_path)
    assert orders.ahead() == timedelta()
    orders.advance(timedelta(hours=71, minutes=59))
    orders.advance(timedelta(minutes=1))
    assert Orders(tmp_path).ahead() == timedelta(hours=72)


def test_an_order_is_followed_as_often_as_it_says_by_the_calls_it_is_about(tmp_path: Path) -> None:
    orders = Orders(tmp_path)
    orders.give(Order("s3.PutObject", times=2, containing="-1.pdf", error="SlowDown"))
    assert orders.take("app-any", "s3.GetObject", "/a-1.pdf") is None
    assert orders.take("app-any", "s3.PutObject", "/a-2.pdf") is None
    taken = [Orders(tmp_path).take("app-any", "s3.PutObject", "/a-1.pdf") for _ in range(3)]
    assert [one.error if one else None for one in taken] == ["SlowDown", "SlowDown", None]


def test_a_process_stands_still_once_and_only_in_its_function(tmp_path: Path) -> None:
    orders = Orders(tmp_path)
    orders.give(Order("s3.PutObject", function="app-one"))
    assert orders.take("app-one", "s3.PutObject", "") is None
    assert orders.take("app-two", "s3.PutObject", "", standing=True) is None
    assert orders.take("app-one", "s3.PutObject", "", standing=True) is not None
    assert orders.still("app-one") is None
    orders.stand_still("app-one", 123)
    assert (orders.still("app-one"), orders.still("app-one")) == (123, None)
