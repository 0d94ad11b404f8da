"""An agent has the journal of a member's data verified (M115; art. 32 RGPD)."""

from chalicelib.api.routing import ApiBlueprint
from chalicelib.api.schemas import View
from chalicelib.api.session import Access, Caller
from chalicelib.domain.journal import DataGroup
from chalicelib.services import journal

blueprint = ApiBlueprint(__name__, tag="Gestion")


class JournalCheckView(View):
    """Whether the journal is as it was written; ``broken_at`` is the place of the first entry that is not."""

    member_id: str
    intact: bool
    entries: int
    broken_at: int | None


@blueprint.endpoint(
    "GET",
    "/backoffice/members/{member_id}/journal",
    access=Access.AGENT,
    summary="Vérifier l’historique des accès aux données d’un assuré",
    response=JournalCheckView,
    items=("M115",),
    journal=(DataGroup.JOURNAL,),
)
def check_journal(caller: Caller, member_id: str) -> JournalCheckView:
    """Every entry is sealed with the one before it: what was altered, inserted or removed shows."""
    verdict = journal.verified(member_id)
    return JournalCheckView(
        member_id=member_id, intact=verdict.is_intact, entries=verdict.entries, broken_at=verdict.broken_at
    )
