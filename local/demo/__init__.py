"""The portfolio to begin with: two employers, their employees and an agent, with some weeks of life behind them."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from local.demo.first_steps import Step, first_steps
from local.demo.sign_ins import SignIn

if TYPE_CHECKING:
    from local.stack import Stack

__all__ = ["SignIn", "Step", "first_steps", "seed"]


def seed(stack: "Stack", *, tell: Callable[[str], None] = lambda chapter: None) -> list[SignIn]:
    """Fill an empty stack with the story, told through the system's own doors; returns who can sign in.

    ``tell`` gets the title of each chapter as it begins. The clock is where it was when all is done.

    Errors: ``local.demo.visitor.Refused`` when the system refuses a step of the story.
    """
    from local.demo.story import Story

    return Story(stack).live(tell)
