"""``python -m local``: the whole system on this machine, until Ctrl-C."""

import argparse
import importlib
import logging
import os
import signal
import sys
from threading import Event

from chalice.app import Chalice

from local import demo
from local.servers import PortTaken
from local.stack import Stack

OPTIONS = {"port": "--port", "aws_port": "--aws-port"}


def main() -> int:
    """Start, say where everything is, wait for the end; returns the exit code."""
    options = _options()
    # The project's metrics are lines for CloudWatch, which nobody reads here.
    os.environ.setdefault("POWERTOOLS_METRICS_DISABLED", "true")
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    ended = Event()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signal_number, lambda *_: ended.set())
    try:
        with Stack(_load_app, serve=True, port=options.port, aws_port=options.aws_port) as stack:
            stack.sign_ins = [] if options.no_demo else demo.seed(stack)
            _announce(stack)
            ended.wait()
    except PortTaken as taken:
        option = "--port" if taken.port == options.port else "--aws-port"
        print(
            f"Le port {taken.port} est déjà pris : choisissez-en un autre avec {option}."
            f" / Port {taken.port} is already taken: choose another with {option}.",
            file=sys.stderr,
        )
        return 1
    print("Arrêté.")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local", description="Tout le système sur cette machine.")
    parser.add_argument("--port", type=int, default=8000, help="port de l’API et de la console (8000)")
    parser.add_argument("--aws-port", type=int, default=5000, help="port des services AWS simulés (5000)")
    parser.add_argument("--no-demo", action="store_true", help="commencer sans données de démonstration")
    return parser.parse_args()


def _load_app() -> Chalice:
    app: Chalice = importlib.import_module("app").app
    return app


def _announce(stack: Stack) -> None:
    print(f"Console et API     {stack.url}")
    print(f"Documentation      {stack.url}/docs/")
    print(f"Courriels et SMS   {stack.url}/_local/mailbox")
    print(f"AWS simulé         {stack.aws_url}")
    for one in stack.sign_ins:
        print(f"{one.space} : {one.identifier} / {one.password} ({one.note})")
    print("Ctrl-C pour arrêter ; tout est alors oublié.", flush=True)


if __name__ == "__main__":
    sys.exit(main())
