"""The events of the project's functions."""

from chalice.app import Chalice


def entry_points(app: Chalice) -> set[str]:
    """The functions that AWS calls beside the API, by name."""
    return {one.name for one in app.event_sources} | {one.name for one in app.pure_lambda_functions}
