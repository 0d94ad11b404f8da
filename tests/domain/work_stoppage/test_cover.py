"""What a contract's cover may say, and each fault of it in French at its place."""

from typing import Any

import pytest

from chalicelib.domain.errors import FieldErrors
from chalicelib.domain.record import Record
from chalicelib.domain.work_stoppage.cover import FranchiseKind, PayBasis, WorkStoppageCover
from chalicelib.domain.work_stoppage.kinds import StoppageKind

WHOLE: dict[str, Any] = {
    "tranches": [{"up_to_pass": 1, "percent": "80"}, {"up_to_pass": 4, "percent": "72.5"}],
    "franchises": [
        {"stoppages": ["maladie", "ald"], "kind": "continue", "days": 30, "relapse_days": 60, "hospital_days": 3},
        {"stoppages": ["accident_travail"], "kind": "relais", "days": 0},
    ],
}


def read(data: dict[str, Any]) -> WorkStoppageCover:
    record = Record(data, place="work_stoppage")
    found = WorkStoppageCover.from_record(record)
    record.check()
    return found


def test_a_cover_as_a_subscription_file_gives_it() -> None:
    found = read(WHOLE)
    assert (found.basis, found.most_days, found.deducts_statutory) == (PayBasis.GROSS, 1095, True)
    ill, hurt = found.franchise_of(StoppageKind.LONG_ILLNESS), found.franchise_of(StoppageKind.WORK_ACCIDENT)
    assert ill is not None
    assert (ill.kind, ill.days, ill.relapse_days, ill.hospital_days) == (FranchiseKind.CONTINUOUS, 30, 60, 3)
    assert hurt is not None
    assert (hurt.kind, hurt.hospital_days) == (FranchiseKind.RELAY, None)
    assert found.franchise_of(StoppageKind.MATERNITY) is None
    assert read(found.to_record()) == found


@pytest.mark.parametrize(
    ("change", "at"),
    [
        ({"tranches": []}, "tranches"),
        ({"tranches": [{"up_to_pass": 4, "percent": "80"}] * 2}, "tranches"),
        ({"tranches": [{"up_to_pass": 9, "percent": "80"}]}, "tranches[0].up_to_pass"),
        ({"tranches": [{"up_to_pass": 1, "percent": "101"}]}, "tranches[0].percent"),
        ({"franchises": []}, "franchises"),
        ({"franchises": [WHOLE["franchises"][0]] * 2}, "franchises"),
        ({"franchises": [{"stoppages": [], "kind": "continue", "days": 1}]}, "franchises[0].stoppages"),
        ({"franchises": [{"stoppages": ["x"], "kind": "continue", "days": 1}]}, "franchises[0].stoppages"),
        ({"franchises": [{"stoppages": ["ald"], "kind": "glissante", "days": 1}]}, "franchises[0].kind"),
        ({"franchises": [{"stoppages": ["ald"], "kind": "continue"}]}, "franchises[0].days"),
        ({"basis": "annuel"}, "basis"),
        ({"most_days": 0}, "most_days"),
        ({"deducts_statutory": "oui"}, "deducts_statutory"),
        ({"franchise": 90}, "franchise"),
    ],
)  # fmt: skip
def test_a_fault_names_its_place(change: dict[str, Any], at: str) -> None:
    with pytest.raises(FieldErrors) as caught:
        read(WHOLE | change)
    assert f"work_stoppage.{at}" in [fault.field for fault in caught.value.faults]


def test_every_kind_of_franchise_has_a_wording() -> None:
    assert len({kind.label for kind in FranchiseKind}) == len(FranchiseKind)
