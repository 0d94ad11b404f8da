"""The French sentences that the mail, the screen and the PDF of a contribution share."""

from datetime import date, timedelta

from chalicelib.domain.contributions.contribution import Contribution
from chalicelib.domain.contributions.issued import Debit, Issued
from chalicelib.domain.money import Cents, in_euros
from chalicelib.domain.periods import Period
from chalicelib.texts.dates import day_in_words

NOTHING_TO_PAY = "Vous n’avez rien à payer."


def period_in_words(period: Period) -> str:
    """The days of a period, first and last.

    >>> from datetime import date
    >>> period_in_words(Period(date(2025, 3, 1), date(2025, 4, 1))).replace("\u00a0", " ")
    'du 1er mars 2025 au 31 mars 2025'
    """
    if period.end is None:
        return f"à partir du {day_in_words(period.start)}"
    return f"du {day_in_words(period.start)} au {day_in_words(period.end - timedelta(days=1))}"


def debit_ahead(contribution: Contribution) -> str:
    """What is to be debited of a contribution, and when; or that nothing is."""
    if contribution.debit is not None and contribution.debit_on is not None:
        return _announced(contribution.debit, min(contribution.debit.amount_cents, contribution.owed_cents))
    if contribution.collection.debit_sent_on is not None:
        return "Son prélèvement a déjà été présenté à votre banque."
    return "Aucun prélèvement n’est prévu pour cet appel."


def _announced(debit: Debit, amount: Cents) -> str:
    return (
        f"{in_euros(amount)} seront prélevés le {day_in_words(debit.debit_on)}"
        f" (mandat {debit.rum}, créancier {debit.ics})."
    )


def means_of(issued: Issued) -> str:
    """How a statement is paid: the debit it announces, or a transfer and what to write on it."""
    if issued.debit is not None:
        return _announced(issued.debit, issued.debit.amount_cents)
    if issued.to_pay_cents <= 0:
        return NOTHING_TO_PAY
    return f"Réglez par virement avant le {day_in_words(issued.due_on)}, en indiquant la référence {issued.reference}."


def means_left(issued: Issued, contribution: Contribution, *, today: date) -> str:
    """How what is left of a statement is paid, now that its debit may have gone, come back or been asked for."""
    if contribution.owed_cents <= 0:
        return NOTHING_TO_PAY
    if contribution.debit_on is not None or contribution.collection.debit_sent_on is not None:
        return debit_ahead(contribution)
    due_on = contribution.collection.due_on
    until = f"avant le {day_in_words(due_on)}" if due_on >= today else "dès maintenant"
    return f"Réglez par virement {until}, en indiquant la référence {issued.reference}."
