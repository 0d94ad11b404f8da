"""The French sentences that the mail, the screen and the PDF of a contribution share."""

from collections.abc import Sequence
from datetime import date, timedelta

from chalicelib.domain.contributions.contribution import Contribution, ContributionSummary
from chalicelib.domain.contributions.issued import Debit, Issued
from chalicelib.domain.contributions.reference import structured_reference
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


def in_fours(code: str) -> str:
    """A reference or an IBAN as a document shows it, four signs at a time: a bank takes it with these spaces.

    >>> in_fours("RF18539007547034")
    'RF18 5390 0754 7034'
    """
    return " ".join(code[start : start + 4] for start in range(0, len(code), 4))


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


def means_of(issued: Issued, earlier: Sequence[ContributionSummary]) -> str:
    """How a statement is paid: the debit it announces, or a transfer and what to write on it.

    ``earlier`` are the statements before it of which something is owed: a debit takes nothing of them.
    """
    if issued.debit is not None:
        return _and_the_rest(_announced(issued.debit, issued.debit.amount_cents), earlier)
    if issued.to_pay_cents <= 0:
        return NOTHING_TO_PAY
    until = day_in_words(issued.due_on)
    return f"Réglez par virement au plus tard le {until}, en indiquant la référence {issued.reference}."


def means_left(
    issued: Issued, contribution: Contribution, earlier: Sequence[ContributionSummary], *, today: date
) -> str:
    """How what is left of a statement is paid, now that its debit may have gone, come back or been asked for.

    ``earlier`` are the statements before it of which something is owed: a debit takes nothing of them.
    """
    if contribution.owed_cents <= 0:
        return NOTHING_TO_PAY
    if contribution.debit_on is not None or contribution.collection.debit_sent_on is not None:
        return _and_the_rest(debit_ahead(contribution), earlier)
    due_on = contribution.collection.due_on
    until = f"au plus tard le {day_in_words(due_on)}" if due_on >= today else "dès maintenant"
    return f"Réglez par virement {until}, en indiquant la référence {issued.reference}."


def by_transfer(earlier: Sequence[ContributionSummary]) -> list[ContributionSummary]:
    """Those of some statements of which something is to be paid by transfer: no debit is ahead, nothing is asked."""
    return [one for one in earlier if one.collection.owed_cents > 0 and not _is_seen_to(one)]


def _is_seen_to(one: ContributionSummary) -> bool:
    held = one.collection
    debited = one.debit is not None and not held.debit_rejected_on and not held.terminated_on
    return debited or held.disputed or held.regularising or held.debit_sent_on is not None


def _and_the_rest(debited: str, earlier: Sequence[ContributionSummary]) -> str:
    """What is debited, then what is left of earlier statements: each is transferred under its own reference.

    A transfer goes to the statement whose reference it bears first: under the new one it would pay what is debited.
    """
    said = [debited]
    rest = by_transfer(earlier)
    if rest:
        owed = in_euros(sum(one.collection.owed_cents for one in rest))
        each = [f"{in_euros(one.collection.owed_cents)} sous la référence {_reference(one)}" for one in rest]
        how = f"en indiquant la référence {_reference(rest[0])}" if len(rest) == 1 else ", ".join(each)
        said.append(
            f"Le solde antérieur de {owed} n’est pas compris dans ce prélèvement\u00a0: réglez-le par virement dès "
            f"maintenant, {how}."
        )
    seen_to = sum(one.collection.owed_cents for one in earlier if _is_seen_to(one))
    if seen_to > 0:
        said.append(f"{in_euros(seen_to)} d’appels antérieurs font déjà l’objet d’un prélèvement ou d’une demande.")
    return " ".join(said)


def _reference(one: ContributionSummary) -> str:
    return structured_reference(one.number)
