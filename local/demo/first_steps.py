"""What a newcomer may type first, ready to be copied."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from local.demo.sign_ins import SignIn

if TYPE_CHECKING:
    from local.stack import Stack

JSON = "-H 'Content-Type: application/json'"
TOKEN = 's/.*"token": *"\\([^"]*\\)".*/\\1/'


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to try: what it does, and the command, to be run from the project's folder."""

    title: str
    command: str


def first_steps(stack: "Stack") -> tuple[Step, ...]:
    """What each space shows first, then files dropped, time passed and money moved, as commands for a shell.

    Without the portfolio, what needs its people is left out.
    """
    spaces = {one.space: one for one in reversed(stack.sign_ins) if one.sights}
    looks = [_look(stack, spaces[space]) for space in ("Espace RH", "Espace personnel", "Gestion") if space in spaces]
    files = [
        Step(
            "Faire entrer une société\u00a0: son fichier de souscription, différent de ceux de la démonstration",
            f"curl -T local/demo/subscription.json {stack.url}/_local/intake/ma-souscription.json",
        ),
        Step(
            "Recevoir un décompte de la caisse pour Camille Riou, remboursé sans qu’elle demande rien",
            f"curl -T local/demo/flow.jsonl {stack.url}/_local/intake/mon-flux.jsonl",
        ),
    ]
    return (
        *looks,
        *(files if looks else files[:1]),
        Step(
            "Avancer l’horloge de 72 heures\u00a0: les délais échus s’appliquent (espace RH, nouveau compte bancaire)",
            f"curl {JSON} -d '{{\"hours\": 72}}' {stack.url}/_local/clock",
        ),
        Step(
            "Envoyer à la banque les virements ordonnés, si c’est un jour ouvré",
            f"curl -X POST {stack.url}/_local/schedules/payment-batches",
        ),
        Step("Laisser la banque les exécuter", f"curl -X POST {stack.url}/_local/bank"),
    )


def _look(stack: "Stack", who: SignIn) -> Step:
    """A session, and the first thing to read with it."""
    sight = who.sights[0]
    opened = f"curl -s {JSON} -d '{json.dumps(who.body)}' {stack.url}{who.path} | sed '{TOKEN}'"
    return Step(
        f"{who.space}, comme {who.identifier} – {sight.title}",
        f'curl -s -H "Authorization: Bearer $({opened})" {stack.url}{sight.path}',
    )
