"""``python -m chalicelib.domain.adjudication CASES.json``: settle worked cases without a server."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from chalicelib.domain.adjudication.case_file import Case, read_cases
from chalicelib.domain.adjudication.complementary import Terms
from chalicelib.domain.adjudication.explanation import step_to_data
from chalicelib.domain.adjudication.settlement import settle
from chalicelib.domain.errors import FieldErrors

SETTLED, NOT_ALL_SETTLED, UNREADABLE = 0, 1, 2


def entry_for(case: Case) -> dict[str, object]:
    """What the command prints for one case: its amounts and steps, or an error when it cannot be settled."""
    result = settle(case.care, Terms(guarantee=case.guarantee), used=case.used, used_by_limit=case.used_by_limit)
    steps = [step_to_data(step) for step in result.steps]
    if not result.decided:
        reason = next(doubt for doubt in result.doubts if doubt.blocks)
        missing = dict(result.steps[-1].inputs)["missing"]
        error = f"{reason.sentence} ({missing}, {case.care.on.isoformat()})"
        return {"id": case.id, "error": error, "error_code": str(reason), "missing": missing, "steps": steps}
    return {
        "id": case.id,
        "statutory_gross_cents": result.statutory_gross_cents,
        "statutory_paid_cents": result.statutory_paid_cents,
        "complementary_cents": result.complementary_cents,
        "left_to_pay_cents": result.left_to_pay_cents,
        "steps": steps,
        "refusal": str(result.refusal) if result.refusal else None,
        "reductions": [str(reduction) for reduction in result.reductions],
        "doubts": [str(doubt) for doubt in result.doubts],
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Settle the cases of a file and print one JSON array in the same order.

    The exit code is 0 when every case was settled, 1 when one could not be, 2 when the input cannot be read.
    """
    parser = argparse.ArgumentParser(prog="python -m chalicelib.domain.adjudication", description=__doc__)
    parser.add_argument("cases", type=Path, metavar="CASES.json")
    path: Path = parser.parse_args(arguments).cases
    try:
        cases = read_cases(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as fault:
        sys.stderr.write(f"{path}\u00a0: fichier illisible ({fault})\n")
        return UNREADABLE
    except FieldErrors as unreadable:
        for wrong in unreadable.faults:
            sys.stderr.write(f"{path}\u00a0: {wrong.field}\u00a0: {wrong.message}\n")
        return UNREADABLE
    entries = [entry_for(case) for case in cases]
    sys.stdout.write(json.dumps(entries, ensure_ascii=True, indent=2) + "\n")
    return NOT_ALL_SETTLED if any("error" in entry for entry in entries) else SETTLED


if __name__ == "__main__":
    sys.exit(main())
