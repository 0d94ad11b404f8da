"""Data to begin with: a company, members and an agent who can sign in."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from local.stack import Stack


@dataclass(frozen=True, slots=True)
class SignIn:
    """Somebody who can sign in to one of the spaces, and what to know about them."""

    space: str
    identifier: str
    password: str
    note: str


def seed(stack: "Stack") -> list[SignIn]:
    """Fill an empty stack through the system's own services; returns who can sign in."""
    stack.drain()
    return []
