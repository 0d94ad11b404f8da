"""The editorial library: one file for each heading, read once, on the first question."""

from functools import cache
from importlib.resources import files

from chalicelib.domain.content import Content, read


@cache
def library() -> tuple[Content, ...]:
    """Every content, whatever its state, by file name and then in the order of the file.

    Errors: ``ValueError`` when two contents bear one id.
    """
    folder = files("chalicelib.texts.content")
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".toml"))
    found = [one for name in names for one in read(folder.joinpath(name).read_text(encoding="utf-8"))]
    if len({one.content_id for one in found}) != len(found):
        raise ValueError("two contents of the library bear one id")
    return tuple(found)
