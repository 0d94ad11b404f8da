"""What every task of a state machine does about a failure: log it without values, then leave it to the machine."""

from collections.abc import Iterator
from contextlib import contextmanager

from chalicelib.observability import log_failure


@contextmanager
def logged(step: str, **about: str) -> Iterator[None]:
    """Log whatever a step raises, and raise it again: the state machine retries or catches it."""
    try:
        yield
    except Exception as error:  # whatever it is: no failure of a step goes untold, and none is hidden
        log_failure("step_failed", error, step=step, **about)
        raise
