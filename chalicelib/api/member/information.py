"""« Services & informations » and the assistant of the member's space (M90–M98)."""

from chalicelib.api.information import AskAsMember, AssistantReplyView, ContentListView, ContentQuery, ContentView
from chalicelib.api.routing import ApiBlueprint
from chalicelib.api.session import Access, Caller
from chalicelib.services import assistant, information

blueprint = ApiBlueprint(__name__, tag="Informations")


@blueprint.endpoint(
    "GET",
    "/member/contents",
    access=Access.MEMBER,
    summary="Services et informations",
    query=ContentQuery,
    response=ContentListView,
    items=(
        "M23",
        "M90",
        "M91",
        "M92",
        "M93",
        "M94",
        "M95",
        "M102",
        "M103",
        "M104",
        "M105",
        "M106",
        "M107",
        "M108",
        "M109",
        "M110",
    ),
)
def list_contents(caller: Caller, query: ContentQuery) -> ContentListView:
    """Partners, help, news, prevention and tutorials that are published today for the risks of one's contracts."""
    return ContentListView(
        contents=[ContentView.of(one) for one in information.for_member(caller.member_id, query.kind)]
    )


@blueprint.endpoint(
    "GET",
    "/member/contents/{content_id}",
    access=Access.MEMBER,
    summary="Lire un contenu",
    response=ContentView,
    items=("M90", "M91", "M92", "M93", "M94", "M95"),
)
def read_content(caller: Caller, content_id: str) -> ContentView:
    """A draft or an archived content does not exist."""
    return ContentView.of(information.one(information.for_member(caller.member_id), content_id))


@blueprint.endpoint(
    "POST",
    "/member/assistant",
    access=Access.MEMBER,
    summary="Interroger l’assistant",
    request=AskAsMember,
    response=AssistantReplyView,
    items=("M96", "M97", "M98"),
)
def ask(caller: Caller, body: AskAsMember) -> AssistantReplyView:
    """Answers at once, with its sources, under the member's own rights. What it does not know it says, and hands over.
    Neither question nor answer is kept."""
    return AssistantReplyView.of(assistant.ask_for_member(caller.member_id, body.question))
