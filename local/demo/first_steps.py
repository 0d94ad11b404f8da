"""What a newcomer may type first, ready to be copied."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from local.stack import Stack

JSON = "-H 'Content-Type: application/json'"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to try: what it does, and the command, to be run from the project's folder."""

    title: str
    command: str


def first_steps(stack: "Stack") -> tuple[Step, ...]:
    """A subscription, the opening delay and a sign-in, as commands for a shell."""
    steps = [
        Step(
            "Faire entrer une société\u00a0: son fichier de souscription, différent de ceux de la démonstration",
            f"curl -T local/demo/subscription.json {stack.url}/_local/intake/ma-souscription.json",
        ),
        Step(
            "Avancer l’horloge de 72 heures\u00a0: l’espace RH annoncé par le courriel de confirmation s’ouvre",
            f"curl {JSON} -d '{{\"hours\": 72}}' {stack.url}/_local/clock",
        ),
    ]
    known = next((one for one in stack.sign_ins if one.path.startswith("/access/member/")), None)
    if known is not None:
        steps.append(
            Step(
                "Se connecter comme assuré\u00a0: le jeton reçu se donne ensuite par l’en-tête Authorization: Bearer …",
                f"curl {JSON} -d '{json.dumps(known.body)}' {stack.url}{known.path}",
            )
        )
    return tuple(steps)
