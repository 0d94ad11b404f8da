"""What happened in the portfolio, in order: each chapter uses the doors that its people would use."""

from collections.abc import Callable, Iterable
from datetime import time, timedelta
from itertools import groupby
from typing import TYPE_CHECKING

from local.demo.affiliations import Affiliations
from local.demo.care import Care
from local.demo.contributions import Contributions
from local.demo.flows import Flows
from local.demo.openings import Openings
from local.demo.past import Past
from local.demo.scene import Event, Scene
from local.demo.sign_ins import SignIn
from local.demo.signatures import Signatures
from local.demo.spaces import who_signs_in
from local.demo.transfers import Transfers

if TYPE_CHECKING:
    from local.stack import Stack

MORNING = time(9, 20)
BETWEEN = timedelta(minutes=4)


class Story:
    """The story of one portfolio in one stack."""

    def __init__(self, stack: "Stack") -> None:
        self._scene = Scene(stack)

    def live(self, tell: Callable[[str], None]) -> list[SignIn]:
        """Live through every chapter, day by day; returns who can sign in."""
        with Past() as past:
            for title, events in self._chapters():
                tell(title)
                for days_ago, happenings in groupby(events, key=lambda event: event[0]):
                    past.go_to(days_ago, MORNING)
                    for _, happens in happenings:
                        happens()
                        past.pass_by(BETWEEN)
                    self._scene.end_of_day()
        return who_signs_in(self._scene)

    def _chapters(self) -> list[tuple[str, list[Event]]]:
        """Everything that happens, oldest first; the last chapter is made of all that goes on side by side."""
        openings, signatures = Openings(self._scene), Signatures(self._scene)
        lives = (Affiliations, Care, Flows, Contributions, Transfers)
        return [
            ("souscriptions", openings.subscriptions()),
            ("salariés", openings.employees()),
            ("espaces", _in_order(openings.spaces(), signatures.openings())),
            ("vie courante", _in_order(signatures.events(), *(life(self._scene).events() for life in lives))),
        ]


def _in_order(*chapters: Iterable[Event]) -> list[Event]:
    return sorted((event for chapter in chapters for event in chapter), key=lambda event: -event[0])
