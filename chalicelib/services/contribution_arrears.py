"""What is left of the statements before another one, which its own debit does not take."""

from chalicelib.domain.contributions.contribution import ContributionSummary, contribution_of
from chalicelib.domain.contributions.issued import Debit, Issued
from chalicelib.storage import contributions

LOOKED_THROUGH = 100


def before(issued: Issued, debit: Debit | None) -> list[ContributionSummary]:
    """The earlier statements of the same contract of which something is owed now, oldest first.

    They are of interest beside a ``debit``, and where a balance was brought forward: otherwise nothing is read. The
    hundred statements of the company before this one are looked through.
    """
    if debit is None or issued.brought_forward_cents <= 0:
        return []
    place = contributions.place_of(contribution_of(issued))
    found, _ = contributions.page_of_company(issued.company_id, before=place, limit=LOOKED_THROUGH)
    owed = [one for one in found if one.contract_id == issued.contract_id and one.collection.owed_cents > 0]
    return owed[::-1]
