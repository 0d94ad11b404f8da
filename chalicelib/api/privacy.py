"""What an adult dependant reads and decides with the link they received (A12)."""

from datetime import datetime

from chalicelib.api.forms import Token
from chalicelib.api.member.privacy import DecidedView
from chalicelib.api.routing import ApiBlueprint
from chalicelib.api.schemas import Body, View
from chalicelib.api.session import Access
from chalicelib.domain.privacy import LABELS, Choice, SharingState
from chalicelib.services import privacy

blueprint = ApiBlueprint(__name__, tag="Confidentialité")

EXPLANATION = (
    "Sans votre accord, cette personne voit la date et le montant de vos remboursements, et rien d’autre. Avec votre "
    "accord, elle voit aussi les soins, leur prix et le détail du calcul. Vous pouvez retirer votre accord à tout "
    "moment."
)
SAMPLE = "6a1f0c9be2d84f7b9d3c51e07f284ab6.Zk3vQ8c1Jr5Wn0yTt2LhXe7uBd9PsGm4"


class ReadConsent(Body):
    """The token of the link, as found after the ``#``."""

    EXAMPLE = {"token": SAMPLE}

    token: Token


class DecideConsent(Body):
    """The token of the link, and what is decided."""

    EXAMPLE = {"token": SAMPLE, "choice": "agreed"}

    token: Token
    choice: Choice


class ConsentQuestionView(View):
    """What is asked, of whom, by whom, and what may be decided now."""

    first_name: str
    asked_by: str
    explanation: str
    state: SharingState
    state_label: str
    choices: list[Choice]
    history: list[DecidedView]
    asked_at: datetime


class ConsentDecisionView(View):
    """What was decided; the link to change it is on its way."""

    state: SharingState
    state_label: str


@blueprint.endpoint(
    "POST",
    "/consents/question",
    access=Access.PUBLIC,
    summary="Lire ce qui est demandé à un ayant droit majeur",
    request=ReadConsent,
    response=ConsentQuestionView,
    refusals=("link_unusable",),
    items=("M35",),
)
def read_consent(body: ReadConsent) -> ConsentQuestionView:
    """Reading does not use the link up."""
    found = privacy.read(body.token)
    return ConsentQuestionView(
        first_name=found.first_name,
        asked_by=found.asked_by,
        explanation=EXPLANATION,
        state=found.sharing.state,
        state_label=LABELS[found.sharing.state],
        choices=list(found.choices),
        history=[DecidedView.model_validate(one) for one in found.sharing.decisions],
        asked_at=found.sharing.asked_at,
    )


@blueprint.endpoint(
    "POST",
    "/consents/decision",
    access=Access.PUBLIC,
    summary="Accepter, refuser ou retirer son accord",
    request=DecideConsent,
    response=ConsentDecisionView,
    refusals=("link_unusable", "already_decided"),
    items=("M35",),
)
def decide_consent(body: DecideConsent) -> ConsentDecisionView:
    """The link is used up; another one is mailed, by which the decision is changed."""
    state = privacy.decide(body.token, body.choice)
    return ConsentDecisionView(state=state, state_label=LABELS[state])
