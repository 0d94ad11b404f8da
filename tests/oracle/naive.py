"""A second, plain settlement of one reimbursement line, written apart from the engine.

It explains nothing and reads no parameter file: the numbers are typed again by hand from the dated law. Amounts are
cents, rates are percents, days are ISO dates compared as text.
"""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

Case = dict[str, Any]
AMOUNTS = ("statutory_gross_cents", "statutory_paid_cents", "complementary_cents", "left_to_pay_cents")
Rows = tuple[tuple[str, int], ...]

# --- tables: (first day, value), oldest first -------------------------------------------------------------------------
STANDARD_SPECIALIST: Rows = (("2023-11-01", 3150),)
TARIFF_BY_ACT: dict[str, Rows] = {
    "G": (("2023-11-01", 2650), ("2024-12-22", 3000)),
    "TCG": (("2023-01-01", 2500),),
    "CS": STANDARD_SPECIALIST,
    "APC": (("2023-11-01", 5650), ("2024-12-22", 6000)),
    "CD": (("2023-01-01", 2300),),
    "HBLD038": (("2023-01-01", 12000),),
    "HBLD634": (("2023-01-01", 12000),),
    "HBLD680": (("2023-01-01", 12000),),
    "HBLD350": (("2023-01-01", 12000),),
    "HBLD073": (("2023-01-01", 12000),),
    "HBLD158": (("2023-01-01", 12000),),
    "HBLD491": (("2023-01-01", 12000),),
    "HBLD090": (("2023-01-01", 9000),),
    "HBJD001": (("2023-01-01", 2892),),
    "BFGA004": (("2023-01-01", 27170),),
    "TO90": (("2023-01-01", 19350),),
}
GP_UNDER_6: Rows = (("2023-11-01", 3150), ("2024-12-22", 3500))
PSYCHIATRIST_25_AND_OVER: Rows = (("2024-12-22", 5500), ("2026-01-01", 5700))
PSYCHIATRIST_UNDER_25: Rows = (("2024-12-22", 6700), ("2026-01-01", 7500))
NOT_OPTAM_TARIFF = 2300
CLASS_B_PART_TARIFF = 5

HONORAIRE_LIMITE = {
    "HBLD038": 29000,
    "HBLD634": 50000,
    "HBLD680": 50000,
    "HBLD350": 44000,
    "HBLD090": 17500,
    "HBLD073": 44000,
    "HBLD158": 55000,
    "HBLD491": 55000,
}
PARTICIPATION: Rows = (("2019-01-01", 100), ("2024-05-15", 200))
FRANCHISE_BOX: Rows = (("2019-01-01", 50), ("2024-03-31", 100))
FRANCHISE_CARE: Rows = (("2019-01-01", 50), ("2024-03-31", 100))
FRANCHISE_CARE_DAY: Rows = (("2019-01-01", 200), ("2024-03-31", 400))
FRANCHISE_JOURNEY: Rows = (("2019-01-01", 200), ("2024-03-31", 400))
FRANCHISE_JOURNEY_DAY: Rows = (("2019-01-01", 400), ("2024-03-31", 800))
PARTICIPATION_ACTS_A_DAY = 4
WITHHELD_A_YEAR = 5000
DAILY_CHARGE: Rows = (("2018-01-01", 2000), ("2026-03-01", 2300))
DAILY_CHARGE_PSYCHIATRY: Rows = (("2018-01-01", 1500), ("2026-03-01", 1700))
HEAVY_ACT: Rows = (("2019-01-01", 2400), ("2026-04-22", 3200))  # the 1st or the 22nd of April: sources disagree
HEAVY_ACT_FROM = 12000
PMSS: Rows = (("2023-01-01", 366600), ("2024-01-01", 386400), ("2025-01-01", 392500), ("2026-01-01", 400500))
DENTAL_RATE: Rows = (("2019-01-01", 70), ("2023-10-15", 60))
TRANSPORT_RATE: Rows = (("2019-01-01", 65), ("2023-08-01", 55))
DRUG_RATE = {"PH7": 65, "PH4": 30, "PH2": 15}
DRUG_RATE_ALSACE_MOSELLE = {"PH7": 90, "PH4": 80, "PH2": 15}
FLAT_RATE = {"auxiliaire": 60, "biologie": 60, "lpp": 60, "optique": 60, "audio": 60, "hospitalisation": 80}
OUT_OF_PATHWAY_POINTS = 40
DOCTORS = ("consultation", "imagerie")
DENTISTS = ("dentaire_soins", "dentaire_prothese")
NEVER_COVERED_FAMILIES = ("medecine_douce", "dentaire_hors_ss")
NEVER_COVERED_ACTS = ("FJ", "FJP", "FPU", "CP", "LEN", "PHN")

FRAME_MAX = 10000
FRAME_CLASS_A_MAX = 3000
FRAME_CLASS_A_TARIFF = 900
CLASS_B_MAX = {"a": 42000, "b": 56000, "c": 70000, "d": 61000, "e": 75000, "f": 80000}
HEARING_CLASS_2_MAX = 170000
MULTIPLIED = ("act", "session", "day", "night", "ear", "box", "tooth", "eye", "semester")


class Undecided(Exception):
    """The line contradicts itself or its guarantee cannot apply: a person decides."""


class Unknown(Exception):
    """No number of the tables above answers this line: there is nothing to compare an answer with."""


def half_up(amount: Decimal) -> int:
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))


def dated(rows: Rows, day: str) -> int:
    found = [value for first_day, value in rows if first_day <= day]
    if not found:
        raise Unknown(f"no value on {day}")
    return found[-1]


def age_of(care: Case) -> int:
    return int(care.get("beneficiary", {}).get("age", 40))


def exemption_of(care: Case) -> str:
    return str(care.get("beneficiary", {}).get("exemption") or "")


def in_alsace_moselle(care: Case) -> bool:
    return bool(care.get("beneficiary", {}).get("regime") == "alsace_moselle")


def never_covered(care: Case) -> bool:
    if care["act"] in ("FJ", "FJP") and in_alsace_moselle(care):
        return False
    return care["family"] in NEVER_COVERED_FAMILIES or care["act"] in NEVER_COVERED_ACTS


# --- what the statutory scheme does -----------------------------------------------------------------------------------
def pathway_matters(care: Case) -> bool:
    """Whether the line is out of the pathway and this changes something."""
    if care.get("in_pathway", True) or care["family"] not in DOCTORS:
        return False
    if exemption_of(care) == "maternity" or age_of(care) < 16:
        return False
    return not (care["act"] == "CNP" and age_of(care) <= 25)


def unit_tariff(care: Case) -> int:
    act, day = care["act"], care["date"]
    if care.get("optam") is False and act in ("G", "CS"):
        return NOT_OPTAM_TARIFF
    if act == "G" and age_of(care) < 6:
        return dated(GP_UNDER_6, day)
    if act == "CNP":
        return dated(PSYCHIATRIST_UNDER_25 if age_of(care) < 25 else PSYCHIATRIST_25_AND_OVER, day)
    if act in ("AUD-I", "AUD-II"):
        return 140000 if age_of(care) < 20 else 40000
    if act in ("FJ", "FJP"):
        return dated(DAILY_CHARGE if act == "FJ" else DAILY_CHARGE_PSYCHIATRY, day)
    if act not in TARIFF_BY_ACT:
        raise Unknown(f"no tariff of {act}")
    return dated(TARIFF_BY_ACT[act], day)


def tariff_of(care: Case) -> int:
    if "base_cents" in care:
        return int(care["base_cents"])
    if never_covered(care):
        return 0
    if care["act"] == "TO90" and age_of(care) >= 16:
        raise Unknown("orthodontics from 16: only « under 16 » and « adult » are known")
    return unit_tariff(care) * int(care.get("quantity", 1))


def local_scheme_rate(care: Case) -> int:
    family = care["family"]
    if family in ("consultation", "auxiliaire", "biologie"):
        return 90
    if family == "hospitalisation":
        return 100
    if family == "pharmacie":
        return DRUG_RATE_ALSACE_MOSELLE[care["act"]]
    raise Unknown(f"no rate of the local scheme for {family}")


def looked_up_rate(care: Case) -> int:
    """The rate of one who follows the pathway."""
    family, day = care["family"], care["date"]
    if never_covered(care):
        return 0
    if exemption_of(care):
        return 100
    if in_alsace_moselle(care):
        return local_scheme_rate(care)
    if family in DOCTORS:
        return 70
    if family in DENTISTS:
        return dated(DENTAL_RATE, day)
    if family == "pharmacie":
        return DRUG_RATE[care["act"]]
    if family == "transport":
        return dated(TRANSPORT_RATE, day)
    if family == "orthodontie":
        return 100
    return FLAT_RATE[family]


def rate_of(care: Case) -> Decimal:
    if "statutory_rate_percent" in care:
        return Decimal(care["statutory_rate_percent"])
    if pathway_matters(care):
        return max(Decimal(0), rate_in_pathway_of(care) - OUT_OF_PATHWAY_POINTS)
    return rate_in_pathway_of(care)


def rate_in_pathway_of(care: Case) -> Decimal:
    if "statutory_rate_in_pathway_percent" in care:
        return Decimal(care["statutory_rate_in_pathway_percent"])
    if "statutory_rate_percent" in care and not pathway_matters(care):
        return Decimal(care["statutory_rate_percent"])
    return Decimal(looked_up_rate(care))


def parts_of(care: Case) -> list[Case]:
    """The glasses' components with their tariffs; an ordinary line is one part."""
    parts = []
    for component in care["components"]:
        expense = int(component["expense_cents"])
        limit = component.get("price_limit_cents")
        if limit is None and component["class"] == "A" and component["part"] == "frame":
            limit = FRAME_CLASS_A_MAX
        if "base_cents" in component:
            tariff = int(component["base_cents"])
        elif component["class"] == "B":
            tariff = CLASS_B_PART_TARIFF
        elif component["part"] == "frame":
            tariff = FRAME_CLASS_A_TARIFF
        else:
            raise Unknown("the tariff of a class A lens depends on its power")
        parts.append(
            {
                "frame": component["part"] == "frame",
                "class": component["class"],
                "expense": expense,
                "tariff": tariff,
                "limit": limit,
                "gross": half_up(min(tariff, expense) * rate_of(care) / 100),
            }
        )
    return parts


def due_withholding(care: Case) -> int:
    """Participation forfaitaire and franchise of the line, looked up."""
    day, family, quantity = care["date"], care["family"], int(care.get("quantity", 1))
    if age_of(care) < 18 or exemption_of(care) == "maternity":
        return 0
    already = care.get("already_withheld_cents", {})
    if family in DOCTORS or family == "biologie":
        due = dated(PARTICIPATION, day) * min(quantity, PARTICIPATION_ACTS_A_DAY)
        return max(0, min(due, WITHHELD_A_YEAR - int(already.get("participation_forfaitaire", 0))))
    if family == "pharmacie":
        due = dated(FRANCHISE_BOX, day) * quantity
    elif family == "auxiliaire":
        due = min(dated(FRANCHISE_CARE, day) * quantity, dated(FRANCHISE_CARE_DAY, day))
    elif family == "transport":
        due = min(dated(FRANCHISE_JOURNEY, day) * quantity, dated(FRANCHISE_JOURNEY_DAY, day))
    else:
        return 0
    return max(0, min(due, WITHHELD_A_YEAR - int(already.get("franchise", 0))))


def withheld_of(care: Case, gross: int) -> int:
    if "withheld_cents" in care:
        stated = care["withheld_cents"]
        return min(int(stated.get("participation_forfaitaire", 0)) + int(stated.get("franchise", 0)), gross)
    return min(due_withholding(care), gross)


def heavy_act_of(care: Case, tariff: int) -> int | None:
    """The participation that replaces the ticket modérateur: as stated, even 0, or looked up where no rate is."""
    if "heavy_act_cents" in care:
        return int(care["heavy_act_cents"])
    looked_up = "statutory_rate_percent" not in care and not exemption_of(care) and not in_alsace_moselle(care)
    if looked_up and care["act"] == "BFGA004" and tariff >= HEAVY_ACT_FROM:
        return dated(HEAVY_ACT, care["date"])
    return None


def statutory(care: Case) -> dict[str, Any]:
    if care.get("components"):
        parts = parts_of(care)
        tariff = sum(part["tariff"] for part in parts)
        base = sum(min(part["tariff"], part["expense"]) for part in parts)
        gross = gross_in_pathway = sum(part["gross"] for part in parts)
    else:
        parts = []
        tariff = tariff_of(care)
        base = min(tariff, int(care["expense_cents"]))
        heavy = heavy_act_of(care, tariff)
        if heavy is not None:
            gross = gross_in_pathway = max(0, base - heavy)
        elif base == 0:
            gross = gross_in_pathway = 0
        else:
            gross = half_up(base * rate_of(care) / 100)
            gross_in_pathway = max(gross, half_up(base * rate_in_pathway_of(care) / 100))
    return {
        "parts": parts,
        "tariff": tariff,
        "base": base,
        "gross": gross,
        "in_pathway": gross_in_pathway,
        "paid": gross - withheld_of(care, gross),
    }


# --- what the contract does -------------------------------------------------------------------------------------------
def written_percent(guarantee: Case, care: Case) -> Decimal:
    percent = Decimal(guarantee["percent"])
    if care.get("optam") is False and "non_optam_percent" in guarantee:
        percent = Decimal(guarantee["non_optam_percent"])
    return percent


def units_of(guarantee: Case, care: Case) -> int:
    return int(care.get("quantity", 1)) if guarantee.get("per", "act") in MULTIPLIED else 1


def not_optam_cap(guarantee: Case, care: Case, done: dict[str, Any]) -> int:
    """The ticket modérateur, and of the overrun: at most 100 % of the tariff, and 20 points under what OPTAM gets."""
    tariff, received = done["tariff"], done["in_pathway"]
    overrun = Decimal(tariff)
    twenty_points = tariff * Decimal(20) / 100
    if guarantee["kind"] == "percent_of_base":
        for_optam = tariff * Decimal(guarantee["percent"]) / 100
        if not guarantee["includes_statutory"]:
            for_optam += received
        overrun = min(overrun, for_optam - tariff - twenty_points)
    if guarantee["kind"] in ("fixed_amount", "percent_of_pmss"):
        overrun = min(overrun, received + amount_of(guarantee, care, done) - tariff - twenty_points)
    return half_up(tariff + max(Decimal(0), overrun)) - int(received)


def amount_of(guarantee: Case, care: Case, done: dict[str, Any]) -> int:
    kind, received = guarantee["kind"], done["in_pathway"]
    expense = int(care["expense_cents"])
    limit = price_limit_of(care)
    if kind == "percent_of_base":
        amount = half_up(done["tariff"] * written_percent(guarantee, care) / 100)
        return amount - received if guarantee["includes_statutory"] else amount
    if kind == "ticket_moderateur":
        return int(done["base"] - received)
    if kind == "actual_cost":
        return int(expense - received)
    if kind == "full_basket":
        if limit is None:
            raise Undecided("100 % Santé without a price limit")
        return int(min(expense, limit) - received)
    if kind == "fixed_amount":
        amount = int(guarantee["amount_cents"]) * units_of(guarantee, care)
        return amount - received if guarantee.get("includes_statutory") else amount
    if kind == "percent_of_pmss":
        unit = half_up(dated(PMSS, care["date"]) * Decimal(guarantee["percent"]) / 100)
        return unit * units_of(guarantee, care)
    return 0


def price_limit_of(care: Case) -> int | None:
    quantity = int(care.get("quantity", 1))
    if "price_limit_cents" in care:
        return int(care["price_limit_cents"]) * quantity
    if care["act"] in HONORAIRE_LIMITE:
        return HONORAIRE_LIMITE[care["act"]] * quantity
    if care["act"] == "AUD-I":
        return (140000 if age_of(care) < 20 else 95000) * quantity
    return None


def legally_capped(amount: int, guarantee: Case, care: Case, done: dict[str, Any]) -> int:
    limit = price_limit_of(care)
    if limit is not None:
        amount = min(amount, limit - done["in_pathway"])
    if care["act"] == "AUD-II":
        amount = min(amount, HEARING_CLASS_2_MAX * int(care.get("quantity", 1)) - done["in_pathway"])
    if care.get("optam") is False and done["tariff"] > 0:
        amount = min(amount, not_optam_cap(guarantee, care, done))
    return amount


def class_a_amount(guarantee: Case, part: Case) -> int:
    """Nothing left within the price limit under a package or « 100 % Santé »; any other guarantee as written."""
    if part["limit"] is None:
        raise Undecided("class A without a price limit")
    within: int = max(0, min(part["expense"], part["limit"]) - part["gross"])
    if guarantee["kind"] in ("fixed_amount", "percent_of_pmss", "full_basket"):
        return within
    return min(within, part_amount(guarantee, part))


def part_amount(guarantee: Case, part: Case) -> int:
    """What a guarantee other than a package gives one component."""
    kind, left = guarantee["kind"], int(part["expense"] - part["gross"])
    if kind == "percent_of_base":
        amount = half_up(part["tariff"] * Decimal(guarantee["percent"]) / 100)
        return max(0, min(left, amount - int(part["gross"]) if guarantee["includes_statutory"] else amount))
    if kind == "ticket_moderateur":
        return int(min(part["tariff"], part["expense"]) - part["gross"])
    return left if kind == "actual_cost" else 0


def package_of(guarantee: Case, care: Case) -> int | None:
    """The amount a package gives for a pair of glasses or a year; nothing for the other kinds."""
    if guarantee["kind"] == "fixed_amount":
        return int(guarantee["amount_cents"])
    if guarantee["kind"] == "percent_of_pmss":
        return half_up(dated(PMSS, care["date"]) * Decimal(guarantee["percent"]) / 100)
    return None


def class_b_amount(guarantee: Case, package: int | None, parts: list[Case]) -> int:
    """The frame first, then the lenses with what the frame left of a package."""
    frame = [part for part in parts if part["frame"]]
    lenses = [part for part in parts if not part["frame"]]
    if package is None:
        frame_amount = sum(part_amount(guarantee, part) for part in frame)
        return min(frame_amount, FRAME_MAX) + sum(part_amount(guarantee, part) for part in lenses)
    frame_limit = min(FRAME_MAX, package, int(guarantee.get("frame_amount_cents", FRAME_MAX)))
    frame_expense, frame_gross = sum(part["expense"] for part in frame), sum(part["gross"] for part in frame)
    lens_expense, lens_gross = sum(part["expense"] for part in lenses), sum(part["gross"] for part in lenses)
    if guarantee.get("includes_statutory"):
        frame_used = min(frame_expense, frame_limit)
        lens_used = min(lens_expense, package - frame_used)
        return int(max(0, frame_used - frame_gross) + max(0, lens_used - lens_gross))
    frame_used = min(frame_expense - frame_gross, frame_limit)
    return int(frame_used + max(0, min(lens_expense - lens_gross, package - frame_used)))


def glasses_amount(guarantee: Case, care: Case, used: Case, parts: list[Case]) -> int:
    """A yearly amount is spent on the class B parts: those of class A leave nothing to pay (dossier 3.4)."""
    if guarantee["kind"] == "none":
        return 0
    class_a = sum(class_a_amount(guarantee, part) for part in parts if part["class"] == "A")
    class_b = class_b_amount(guarantee, package_of(guarantee, care), [part for part in parts if part["class"] == "B"])
    class_b = min(class_b, CLASS_B_MAX[care.get("optical_category", "f")])
    return class_a + within_the_year(class_b, guarantee, care, used)


def too_early(care: Case) -> bool:
    """Glasses every two years, every year under 16; a hearing aid every four: counted from the last purchase."""
    last = care.get("last_purchase_on")
    if last is None or care.get("renewal_waived") or care["act"] not in ("OPT-A", "OPT-B", "AUD-I", "AUD-II"):
        return False
    years = 4 if care["family"] == "audio" else 1 if age_of(care) < 16 else 2
    return bool(care["date"] < f"{int(last[:4]) + years}{last[4:]}")


def units_left(guarantee: Case, care: Case, used: Case) -> int:
    """How many of the line's units the count of the period still allows."""
    quantity = int(care.get("quantity", 1))
    if "max_count" not in guarantee:
        return quantity
    return max(0, min(quantity, int(guarantee["max_count"]) - int(used.get("count", 0))))


def counted(amount: int, guarantee: Case, care: Case, used: Case) -> int:
    """What the counters of the period leave: the share of the units still allowed, then the yearly amount."""
    amount = half_up(Decimal(amount) * units_left(guarantee, care, used) / int(care.get("quantity", 1)))
    return amount if "components" in care else within_the_year(amount, guarantee, care, used)


def within_the_year(amount: int, guarantee: Case, care: Case, used: Case) -> int:
    """What the budget of a year leaves of an amount."""
    if guarantee.get("per") == "year":
        budget = int(package_of(guarantee, care) or 0)
        amount = min(amount, max(0, budget - int(used.get("amount_cents", 0))))
    return amount


def room_of(care: Case, done: dict[str, Any]) -> int:
    price = int(care["expense_cents"])
    if not care.get("overrun_covered", True) and done["tariff"] > 0:
        price = done["base"]
    return max(0, int(price - done["in_pathway"] - int(care.get("other_payers_cents", 0))))


def complementary(guarantee: Case, care: Case, used: Case, done: dict[str, Any]) -> int:
    room = room_of(care, done)
    if too_early(care) or units_left(guarantee, care, used) == 0:
        return 0
    if done["parts"]:
        amount = glasses_amount(guarantee, care, used, done["parts"])
    else:
        amount = legally_capped(amount_of(guarantee, care, done), guarantee, care, done)
    amount = min(max(0, amount), room)
    return min(counted(amount, guarantee, care, used), room)


def settle(case: Case) -> dict[str, int]:
    """The four amounts of a case. Errors: ``Undecided``, ``Unknown``."""
    care, guarantee, used = case["care"], case["guarantee"], case.get("used") or {}
    done = statutory(care)
    paid_by_contract = complementary(guarantee, care, used, done)
    left = int(care["expense_cents"]) - done["paid"] - paid_by_contract - int(care.get("other_payers_cents", 0))
    if left < 0:
        raise Undecided("the payments are more than the expense")
    return {
        "statutory_gross_cents": done["gross"],
        "statutory_paid_cents": done["paid"],
        "complementary_cents": paid_by_contract,
        "left_to_pay_cents": left,
    }
