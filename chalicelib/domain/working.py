"""What one computation writes down as it goes: its steps, and the rows of law it used."""

from datetime import date

from chalicelib.domain.adjudication.explanation import Step, as_text
from chalicelib.domain.law import Parameter, parameter
from chalicelib.domain.money import Cents


class Working:
    """The steps of one computation in order, and the versions of the rows it used, each once."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.versions: list[str] = []

    def law(self, key: str, *, on: date) -> Parameter:
        """The row of law in force on a day, remembered as used.

        Errors: ``NoParameterFor``.
        """
        row = parameter(key, on=on)
        if row.version not in self.versions:
            self.versions.append(row.version)
        return row

    def step(self, rule: str, *, source: str, amount_cents: Cents, sentence: str, **inputs: object) -> Cents:
        """Write down one rule applied; its amount."""
        written = tuple((name, as_text(value)) for name, value in inputs.items())
        self.steps.append(Step(rule, source, written, amount_cents, sentence))
        return amount_cents
