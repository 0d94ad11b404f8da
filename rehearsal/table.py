"""A table of text."""

from collections.abc import Sequence


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as needed; numbers to the right.

    >>> print(table(("what", "ms"), [("cold", "900"), ("warm", "50")]))
    what   ms
    cold  900
    warm   50
    """
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    numbers = [all(row[place][:1].isdigit() or row[place] == "–" for row in rows) for place in range(len(heads))]
    return "\n".join(_line(row, widths, numbers) for row in (heads, *rows))


def _line(row: Sequence[str], widths: Sequence[int], numbers: Sequence[bool]) -> str:
    cells = zip(row, widths, numbers, strict=True)
    return "  ".join(f"{cell:>{width}}" if right else f"{cell:<{width}}" for cell, width, right in cells).rstrip()
