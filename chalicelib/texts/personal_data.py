"""The page that opens the archive of a person's data: what it holds, in French, to be read in any browser."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from html import escape

from chalicelib.domain.money import in_euros
from chalicelib.texts.dates import day_in_words

STYLE = (
    "body{font-family:sans-serif;max-width:50em;margin:2em auto;line-height:1.5}"
    "td,th{padding:.2em 1em .2em 0;text-align:left}"
)
MISSING = "absent de l’archive\u00a0: demandez-le-nous"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedFile:
    """A file of the person; ``name`` is its place in the archive, ``None`` when it could not be added."""

    title: str
    name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """What the page tells. Units: cents."""

    name: str
    written_on: date
    identity: tuple[tuple[str, str], ...]
    people: tuple[tuple[str, date], ...]
    requests: tuple[tuple[date, str], ...]
    reimbursements: tuple[tuple[date, int], ...]
    accesses: tuple[str, ...]
    files: tuple[ListedFile, ...]


def index(one: Index) -> str:
    """The page, whole; whatever people typed is shown as text."""
    title = f"Vos données personnelles – {one.name}"
    parts = [
        f"<h1>{escape(title)}</h1>",
        f"<p>Archive préparée le {day_in_words(one.written_on)}. Les mêmes données, dans un format que les logiciels "
        "lisent, sont dans le dossier «\u00a0donnees\u00a0». Numéros de sécurité sociale et IBAN y sont masqués. "
        "Les soins d’un ayant droit majeur qui n’a pas accepté de les partager n’y figurent que par leur date et leur "
        "montant.</p>",
        _table("Identité et coordonnées", one.identity),
        _table("Personnes couvertes", ((name, f"né(e) le {day_in_words(born)}") for name, born in one.people)),
        _table("Démarches", ((day_in_words(day), what) for day, what in one.requests)),
        _table("Remboursements", ((day_in_words(day), in_euros(cents)) for day, cents in one.reimbursements)),
        _list("Fichiers", (_file(file) for file in one.files)),
        _list("Qui a consulté vos données", (escape(sentence) for sentence in one.accesses)),
    ]
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{STYLE}</style>'
    return f'<!DOCTYPE html><html lang="fr"><head>{head}</head><body>{"".join(parts)}</body></html>'


def _table(title: str, rows: Iterable[tuple[str, str]]) -> str:
    found = "".join(f'<tr><th scope="row">{escape(name)}</th><td>{escape(value)}</td></tr>' for name, value in rows)
    return f"<h2>{title}</h2>" + (f"<table>{found}</table>" if found else "<p>Rien à ce jour.</p>")


def _list(title: str, items: Iterable[str]) -> str:
    found = "".join(f"<li>{item}</li>" for item in items)
    return f"<h2>{title}</h2>" + (f"<ul>{found}</ul>" if found else "<p>Rien à ce jour.</p>")


def _file(one: ListedFile) -> str:
    if one.name is None:
        return f"{escape(one.title)} ({MISSING})"
    return f'<a href="{escape(one.name)}">{escape(one.title)}</a>'
