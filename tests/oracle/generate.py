"""A seeded stream of valid cases, heavy on boundaries: ``cases(count, seed)``. None of them holds a float."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

Case = dict[str, Any]

YEARS = ("2024-01-01", "2025-01-01", "2026-01-01")
CHANGES = {
    "consultation": ("2024-05-15", "2024-12-22", "2024-12-22", "2026-01-01"),
    "imagerie": ("2024-05-15",),
    "biologie": ("2024-05-15",),
    "pharmacie": ("2024-03-31",),
    "auxiliaire": ("2024-03-31",),
    "transport": ("2024-03-31", "2024-03-31", "2023-08-01"),
    "dentaire_soins": ("2023-10-15",),
    "dentaire_prothese": ("2023-10-15",),
    "hospitalisation": ("2026-03-01", "2026-03-01", "2026-04-22", *YEARS),
}
"""The days on which something changed, by family; elsewhere only the monthly ceiling does, each year."""

FIRST_DAY, LAST_DAY = date(2023, 1, 1), date(2026, 10, 31)
AGES = (0, 1, 2, 5, 6, 7, 8, 12, 15, 16, 17, 18, 19, 20, 21, 24, 25, 26, 40, 65, 80, 81)
AGES_OF_TARIFFS = {"G": (4, 5, 6), "CNP": (24, 25, 26), "TO90": (15, 16), "AUD-I": (19, 20), "AUD-II": (19, 20)}
PERCENTS = ("0", "20", "50", "80", "99.99", "100", "100.01", "119", "120", "121", "125", "130", "150", "175.5", "200")
HIGH_PERCENTS = ("219", "220", "221", "250", "300", "400", "600")
RATES = ("0", "15", "30", "50", "55", "60", "65", "70", "80", "90", "100", "33.33", "12.5")

NEVER_COVERED = ("PHN", "IMP", "LEN", "FJ", "FJP", "FPU", "CP", "OST")
LIMITED_PRICE = ("OPT-A", "OPT-B", "AUD-I", "dentaire_prothese")

LOCAL_RATE_KNOWN = ("consultation", "biologie", "pharmacie", "auxiliaire", "hospitalisation", "medecine_douce")


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One act: about what a unit costs, and the first day its tariff can be looked up (``None``: always stated)."""

    family: str
    act: str
    unit: int
    tariff_from: str | None = None
    most: int = 1
    doctor: bool = False
    per: tuple[str, ...] = ("act",)


PROFILES = (
    Profile(family="consultation", act="G", unit=3000, tariff_from="2023-11-01", doctor=True),
    Profile(family="consultation", act="G", unit=2650, tariff_from="2023-11-01", doctor=True, most=6),
    Profile(family="consultation", act="CS", unit=3150, tariff_from="2023-11-01", doctor=True),
    Profile(family="consultation", act="CNP", unit=5700, tariff_from="2024-12-22", doctor=True, most=2),
    Profile(family="consultation", act="TCG", unit=2500, tariff_from="2023-11-01", doctor=True),
    Profile(family="consultation", act="APC", unit=6000, tariff_from="2024-01-01", doctor=True),
    Profile(family="imagerie", act="ADI", unit=6912, doctor=True, most=5),
    Profile(family="biologie", act="B", unit=1251, most=6),
    Profile(family="pharmacie", act="PH7", unit=475, most=12, per=("box", "act")),
    Profile(family="pharmacie", act="PH4", unit=333, most=4, per=("box", "act")),
    Profile(family="pharmacie", act="PH2", unit=290, most=3, per=("box", "act")),
    Profile(family="pharmacie", act="PHN", unit=1290, tariff_from="2023-01-01", most=3, per=("box", "act")),
    Profile(family="auxiliaire", act="AMK", unit=1613, most=6, per=("session", "act")),
    Profile(family="auxiliaire", act="AMY", unit=1001, most=6, per=("session", "act")),
    Profile(family="auxiliaire", act="AMI", unit=315, most=6),
    Profile(family="transport", act="VSL", unit=2345, most=3),
    Profile(family="transport", act="VSL", unit=5310, most=3),
    Profile(family="lpp", act="MAD", unit=2440),
    Profile(family="dentaire_soins", act="CD", unit=2300, tariff_from="2023-01-01"),
    Profile(family="dentaire_soins", act="HBJD001", unit=2892),
    Profile(family="dentaire_prothese", act="HBLD038", unit=29000, tariff_from="2023-01-01", most=2, per=("tooth",)),
    Profile(family="dentaire_prothese", act="HBLD634", unit=50000, tariff_from="2023-01-01", most=2, per=("tooth",)),
    Profile(family="dentaire_prothese", act="HBLD680", unit=50000, tariff_from="2023-01-01", per=("tooth",)),
    Profile(family="dentaire_prothese", act="HBLD350", unit=44000, tariff_from="2023-01-01", per=("tooth",)),
    Profile(family="dentaire_prothese", act="HBLD090", unit=17500, tariff_from="2023-01-01", per=("tooth",)),
    Profile(family="dentaire_prothese", act="HBLD073", unit=44000, tariff_from="2023-01-01", per=("tooth",)),
    Profile(family="dentaire_prothese", act="HBLD158", unit=55000, tariff_from="2023-01-01", per=("tooth",)),
    Profile(family="dentaire_prothese", act="HBLD491", unit=55000, tariff_from="2023-01-01", most=2, per=("tooth",)),
    Profile(family="orthodontie", act="TO90", unit=72000, tariff_from="2023-01-01", per=("semester",)),
    Profile(family="dentaire_hors_ss", act="IMP", unit=120000, tariff_from="2023-01-01", per=("tooth",)),
    Profile(family="optique", act="LEN", unit=18000, tariff_from="2023-01-01", per=("box",)),
    Profile(family="optique", act="OPT-A", unit=12500, per=("equipment",)),
    Profile(family="optique", act="OPT-B", unit=34500, per=("equipment",)),
    Profile(family="optique", act="OPT-B", unit=62000, per=("equipment",)),
    Profile(family="audio", act="AUD-I", unit=95000, tariff_from="2023-01-01", per=("ear",), most=2),
    Profile(family="audio", act="AUD-II", unit=147600, tariff_from="2023-01-01", per=("ear",), most=2),
    Profile(family="hospitalisation", act="FJ", unit=2300, tariff_from="2023-01-01", most=12, per=("day",)),
    Profile(family="hospitalisation", act="FJ", unit=3000, tariff_from="2023-01-01", per=("day",)),
    Profile(family="hospitalisation", act="FJP", unit=1700, tariff_from="2023-01-01", most=12, per=("day",)),
    Profile(family="hospitalisation", act="FPU", unit=2300, tariff_from="2023-01-01"),
    Profile(
        family="hospitalisation", act="CP", unit=8500, tariff_from="2023-01-01", most=9, per=("night", "day", "stay")
    ),
    Profile(family="hospitalisation", act="SEJ", unit=354032),
    Profile(family="hospitalisation", act="BFGA004", unit=35500, tariff_from="2023-01-01", doctor=True, per=("eye",)),
    Profile(family="medecine_douce", act="OST", unit=6000, tariff_from="2023-01-01", most=3, per=("session",)),
)


def cases(count: int, seed: int) -> Iterator[Case]:
    """That many random cases; the same seed always gives the same ones."""
    random = Random(seed)
    for number in range(count):
        yield {"id": f"R{seed}-{number}", **_case(random)}


def _case(random: Random) -> Case:
    profile = random.choice(PROFILES)
    care = _care(random, profile)
    case: Case = {"care": care, "guarantee": _guarantee(random, profile)}
    if random.random() < 0.4:
        case["used"] = _used(random, case["guarantee"])
    if random.random() < 0.25:
        care["other_payers_cents"] = _others(random, care)
    return case


def _day(random: Random, family: str) -> str:
    """A day next to a change of the family, next to a change of the others, or any."""
    choice = random.randrange(10)
    if choice < 6:
        near = CHANGES.get(family, YEARS) if choice < 4 else random.choice(tuple(CHANGES.values()))
        change = date.fromisoformat(random.choice(near))
        return (change + timedelta(days=random.choice((-1, -1, 0, 0, 1)))).isoformat()
    return (FIRST_DAY + timedelta(days=random.randrange((LAST_DAY - FIRST_DAY).days))).isoformat()


def _around(random: Random, value: int) -> int:
    return max(0, value + random.choice((-1, 0, 0, 0, 1)))


def _amount(random: Random, unit: int) -> int:
    """An amount near what the unit costs: nothing, a cent, the unit or a multiple of it to a cent, or any."""
    choice = random.randrange(8)
    if choice == 0:
        return random.choice((0, 1, 2, 10, 25, 75))
    if choice <= 3:
        return _around(random, unit)
    if choice <= 5:
        return _around(random, unit * random.choice((1, 2, 3)) // random.choice((1, 2)))
    return random.randrange(unit * 3)


def _care(random: Random, profile: Profile) -> Case:
    quantity = 1 if profile.most == 1 or random.random() < 0.4 else random.randint(1, profile.most)
    care: Case = {
        "date": _day(random, profile.family),
        "family": profile.family,
        "act": profile.act,
        "expense_cents": _amount(random, profile.unit * quantity),
    }
    if quantity > 1 or random.random() < 0.3:
        care["quantity"] = quantity
    glasses = profile.act in ("OPT-A", "OPT-B")
    if glasses and (profile.act == "OPT-B" or random.random() < 0.7):
        _add_components(random, care)
    elif profile.act in NEVER_COVERED:
        if random.random() < 0.3:
            care["base_cents"], care["statutory_rate_percent"] = 0, "0.00"
    elif profile.tariff_from is None or care["date"] < profile.tariff_from or random.random() < 0.4:
        care["base_cents"] = _stated_tariff(random, profile, care)
    _add_beneficiary(random, care)
    _add_statutory(random, care)
    _add_doctor(random, profile, care)
    _add_price_limit(random, profile, care)
    _add_last_purchase(random, care)
    return care


def _stated_tariff(random: Random, profile: Profile, care: Case) -> int:
    quantity = care.get("quantity", 1)
    if profile.act == "OPT-A":
        return int(care["expense_cents"] * 3 // 10)
    if profile.act == "BFGA004" and random.random() < 0.5:
        return _around(random, 12000)
    return _amount(random, random.choice((profile.unit * quantity, care["expense_cents"] or 1)))


def _add_components(random: Random, care: Case) -> None:
    """A frame and two lenses, or only some of them, of one class or mixed."""
    classes = random.choice((("A", "A", "A"), ("B", "B", "B"), ("A", "B", "B"), ("B", "A", "A"), ("B", "A", "B")))
    components = []
    for part, item_class in zip(("frame", "left_lens", "right_lens"), classes, strict=True):
        component: Case = {"part": part, "class": item_class}
        if item_class == "A":
            limit = 3000 if part == "frame" else random.choice((3250, 3750, 6000, 18500))
            component["expense_cents"] = random.choice((limit, limit, limit - 1, limit + 1, limit // 2, 1, 0))
            if part != "frame" or random.random() < 0.5:
                component["price_limit_cents"] = limit
            if random.random() < (0.5 if part == "frame" else 0.95):
                component["base_cents"] = random.choice((limit * 3 // 10, limit * 3 // 10 + 1, 1, 0))
        else:
            component["expense_cents"] = _amount(random, random.choice((10000, 14000, 25000, 42000, 80000)))
            if random.random() < 0.5:
                component["base_cents"] = random.choice((5, 5, 4, 0, 1, 25, 75))
        components.append(component)
    if random.random() < 0.2:
        components.pop(random.randrange(3))
    random.shuffle(components)
    care["components"] = components
    care["expense_cents"] = sum(component["expense_cents"] for component in components)
    care.pop("quantity", None)
    if random.random() < 0.7:
        care["optical_category"] = random.choice("abcdef")


def _add_beneficiary(random: Random, care: Case) -> None:
    beneficiary: Case = {}
    if care["act"] == "TO90" or random.random() < 0.8:
        near = AGES_OF_TARIFFS.get(care["act"], AGES)
        beneficiary["age"] = random.choice(near if random.random() < 0.4 else AGES)
    if random.random() < 0.2:
        beneficiary["exemption"] = random.choice(("ald", "maternity"))
    if random.random() < 0.25:
        local = care["family"] in LOCAL_RATE_KNOWN or random.random() < 0.1
        beneficiary["regime"] = random.choice(("general", *(("alsace_moselle",) * 3 if local else ())))
    if beneficiary or random.random() < 0.5:
        care["beneficiary"] = beneficiary


def _add_statutory(random: Random, care: Case) -> None:
    if care["act"] not in NEVER_COVERED and random.random() < 0.3:
        care["statutory_rate_percent"] = random.choice(RATES)
    if random.random() < 0.3:
        care["withheld_cents"] = {
            "participation_forfaitaire": random.choice((0, 0, 1, 100, 200, 400, 800)),
            "franchise": random.choice((0, 0, 50, 100, 200, 400)),
        }
    if random.random() < 0.25:
        care["already_withheld_cents"] = {
            "participation_forfaitaire": random.choice((0, 200, 4799, 4800, 4801, 4900, 4999, 5000, 5001)),
            "franchise": random.choice((0, 100, 4599, 4600, 4601, 4899, 4900, 4999, 5000, 5001)),
        }


def _add_doctor(random: Random, profile: Profile, care: Case) -> None:
    if profile.doctor and random.random() < 0.6:
        care["optam"] = random.choice((True, False, False))
    if random.random() < 0.3:
        care["in_pathway"] = random.random() < 0.4
        if not care["in_pathway"] and profile.doctor and random.random() < 0.5:
            care["statutory_rate_in_pathway_percent"] = random.choice(("70.00", "70", "90", "100"))
    if profile.doctor and random.random() < 0.25:
        care["overrun_covered"] = random.random() < 0.3
    open_day = profile.act == "BFGA004" and "2026-04-01" <= care["date"] < "2026-04-22"
    if open_day or (profile.act in ("BFGA004", "SEJ", "ADI") and random.random() < 0.3):
        care["heavy_act_cents"] = random.choice((0, 1, 2400, 3200))


def _add_price_limit(random: Random, profile: Profile, care: Case) -> None:
    if "components" in care:
        return
    if profile.act == "OPT-A" or (
        (profile.family == "dentaire_prothese" or profile.act == "AUD-I") and random.random() < 0.3
    ):
        care["price_limit_cents"] = _around(random, profile.unit)


def _add_last_purchase(random: Random, care: Case) -> None:
    """A purchase near the renewal day, for ages at which the age on that day is sure to give the same delay."""
    age = care.get("beneficiary", {}).get("age", 40)
    if care["act"] not in ("OPT-A", "OPT-B", "AUD-I", "AUD-II") or not (age in (8, 12) or age >= 20):
        return
    if random.random() < 0.3:
        day = date.fromisoformat(care["date"]) + timedelta(days=random.choice((-400, -1, 0, 0, 1)))
        years = random.choice((1, 2, 4))
        care["last_purchase_on"] = day.replace(year=day.year - years, day=min(day.day, 28)).isoformat()
        if random.random() < 0.2:
            care["renewal_waived"] = True


def _others(random: Random, care: Case) -> int:
    """What another insurer paid: at most what the statutory scheme surely left."""
    stated = care.get("base_cents", sum(part.get("base_cents", 0) for part in care.get("components", ())))
    left = max(0, care["expense_cents"] - stated)
    return random.choice((1, left // 5, left // 3, left // 2)) if left else 1


def _guarantee(random: Random, profile: Profile) -> Case:
    basket = profile.act in LIMITED_PRICE or profile.family in LIMITED_PRICE or random.random() < 0.05
    kind = random.choice(
        (
            "percent_of_base",
            "percent_of_base",
            "percent_of_base",
            "ticket_moderateur",
            "actual_cost",
            "fixed_amount",
            "fixed_amount",
            "percent_of_pmss",
            "full_basket" if basket else "actual_cost",
            "none",
        )
    )
    guarantee: Case = {"kind": kind}
    if kind == "percent_of_base":
        guarantee["percent"] = random.choice(PERCENTS + HIGH_PERCENTS)
        guarantee["includes_statutory"] = random.random() < 0.7
        if profile.doctor and random.random() < 0.5:
            guarantee["non_optam_percent"] = random.choice(PERCENTS + HIGH_PERCENTS)
    if kind == "fixed_amount":
        glasses = profile.act in ("OPT-A", "OPT-B")
        unit = random.choice((10000, 32000, 42000, 80000, 100000)) if glasses else max(2, profile.unit)
        guarantee["amount_cents"] = _amount(random, unit)
        guarantee["per"] = random.choice((*profile.per, *(() if glasses else ("year",))))
        if random.random() < 0.5:
            guarantee["includes_statutory"] = random.random() < 0.6
        if glasses and random.random() < 0.6:
            guarantee["frame_amount_cents"] = random.choice((0, 1, 5000, 9999, 10000, 10001, 15000))
    if kind == "percent_of_pmss":
        guarantee["percent"] = random.choice(("0.01", "0.5", "1", "1.27", "2", "2.5", "3.333", "10", "100"))
        guarantee["per"] = random.choice((*profile.per, "year"))
    if kind != "none" and random.random() < (0.3 if kind in ("fixed_amount", "percent_of_pmss") else 0.1):
        guarantee["max_count"] = random.choice((1, 2, 3, 5, 90))
        guarantee["count_per"] = "year"
    return guarantee


def _used(random: Random, guarantee: Case) -> Case:
    used: Case = {}
    if random.random() < 0.7:
        used["amount_cents"] = _amount(random, max(2, guarantee.get("amount_cents", 20000)))
    if random.random() < 0.7:
        limit = guarantee.get("max_count", 2)
        used["count"] = max(0, limit + random.choice((-2, -1, 0, 1)))
    return used
