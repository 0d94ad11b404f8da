"""``python -m bench.documents``: how many PDFs a second one core writes, tagged (PDF/UA-1), through the real gateway.

A décompte of one, ten and forty explained lines, a card of two people, a guarantee table and an appel de cotisation of
three groups. Every document differs from the one before, so that nothing is answered from memory; CPU time is taken.
"""

import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date

from bench.__main__ import print_table
from chalicelib.gateways.rendering import render_pdf
from chalicelib.texts.documents.contributions import CallRow, ContributionCall
from chalicelib.texts.documents.models import Document
from tests.services.test_documents_rendering import CARD, INSURER, STATEMENT, SUMMARY

ROUNDS = 40
"""Documents of each kind."""

ROW = CallRow(
    college="Ensemble du personnel",
    label="Famille",
    month="février 2026",
    heads=12,
    base="4 005,00 €",
    rate="3,90 %",
    ht_cents=165_000,
    tax_cents=21_896,
    ttc_cents=186_896,
)
CALL = ContributionCall(
    insurer=INSURER,
    issued_on=date(2026, 3, 1),
    number="20260200001",
    company="Ateliers du Port",
    siren="123456782",
    siret="12345678200010",
    address="1 quai du Port, 33000 Bordeaux",
    numero_adherent="1234567",
    contract_number="SANTE-0042",
    contract_label="Santé collective, niveau 2",
    period="du 1er au 28 février 2026",
    frequency="mensuelle",
    due_on=date(2026, 3, 15),
    rows=(ROW, ROW, ROW),
    corrections=(ROW,),
    ht_cents=660_000,
    tax_cents=87_584,
    called_cents=747_584,
    employer_cents=448_550,
    employee_cents=299_034,
    brought_forward_cents=0,
    to_pay_cents=747_584,
    debit=None,
    reference="RF00 2026 0200 001",
    account="FR76 3000 4008 2300 0123 4567 819",
    means="Réglez par virement.",
    notes=(),
)


def _statement(lines: int) -> Callable[[int], Document]:
    return lambda rank: replace(STATEMENT, number=f"D-{rank:06d}", lines=STATEMENT.lines * lines)


DOCUMENTS: dict[str, Callable[[int], Document]] = {
    "décompte, 1 line": _statement(1),
    "décompte, 10 lines": _statement(10),
    "décompte, 40 lines": _statement(40),
    "card, 2 people": lambda rank: replace(CARD, number=f"C-{rank:06d}"),
    "guarantee table": lambda rank: replace(SUMMARY, contract_number=f"SANTE-{rank:04d}"),
    "appel de cotisation, 4 rows": lambda rank: replace(CALL, number=f"{rank:011d}"),
}


def main(rounds: int = ROUNDS) -> None:
    """Print the table of ``docs/performance.md``."""
    rows = []
    for name, written in DOCUMENTS.items():
        render_pdf(written(0))
        started = time.process_time()
        sizes = [len(render_pdf(written(rank))) for rank in range(1, rounds + 1)]
        each = (time.process_time() - started) / rounds
        rows.append((name, f"{1 / each:,.0f}", f"{1_000 * each:,.1f}", f"{sum(sizes) / rounds / 1_024:,.0f}"))
    print_table(("document", "a second and core", "ms each", "KiB"), rows)
    print(f"\nPython {sys.version.split()[0]}, {os.cpu_count()} cores.")


if __name__ == "__main__":
    main()
