"""``python -m local``: the whole system on this machine, until Ctrl-C."""

import argparse
import importlib
import logging
import os
import signal
import sys
import time
from threading import Event

from chalice.app import Chalice

from local import demo
from local.demo import SignIn
from local.servers import PortTaken
from local.stack import Stack


def main() -> int:
    """Start, say where everything is, wait for the end; returns the exit code."""
    options = _options()
    # The project's metrics are lines for CloudWatch, and its logs one line per request: nobody reads them here.
    os.environ.setdefault("POWERTOOLS_METRICS_DISABLED", "true")
    os.environ.setdefault("POWERTOOLS_LOG_LEVEL", "WARNING")
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    ended = _listen_for_the_end()
    try:
        with Stack(_load_app, serve=True, port=options.port, aws_port=options.aws_port) as stack:
            if not options.no_demo:
                stack.sign_ins = _seed(stack)
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
    except KeyboardInterrupt:
        print("\nArrêté.")
    return 0


def _listen_for_the_end() -> Event:
    """An event to wait for; the first signal interrupts whatever is being done, the next ones do nothing."""
    ended = Event()

    def end(*_: object) -> None:
        if not ended.is_set():
            ended.set()
            raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    return ended


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local", description="Tout le système sur cette machine.")
    parser.add_argument("--port", type=int, default=8000, help="port de l’API et de la console (8000)")
    parser.add_argument("--aws-port", type=int, default=5000, help="port des services AWS simulés (5000)")
    parser.add_argument("--no-demo", action="store_true", help="commencer sans données de démonstration")
    return parser.parse_args()


def _load_app() -> Chalice:
    app: Chalice = importlib.import_module("app").app
    return app


def _seed(stack: Stack) -> list[SignIn]:
    started = time.monotonic()
    print("Données de démonstration\u00a0:", end="", flush=True)
    sign_ins = demo.seed(stack, tell=lambda chapter: print(f" {chapter}…", end="", flush=True))
    print(f" prêtes en {time.monotonic() - started:.0f} s.\n")
    return sign_ins


def _announce(stack: Stack) -> None:
    print(f"Accueil            {stack.url}/")
    print(f"Documentation API  {stack.url}/docs/")
    print(f"Courriels et SMS   {stack.url}/_local/mailbox")
    print(f"Fichiers           {stack.url}/_local/documents")
    print(f"AWS simulé (S3…)   {stack.aws_url}")
    if stack.sign_ins:
        _show_sign_ins(stack.sign_ins)
        _show_first_steps(stack)
    print("\nCtrl-C pour arrêter\u00a0; tout est alors oublié.", flush=True)


def _show_sign_ins(sign_ins: list[SignIn]) -> None:
    print(f"\nComptes de démonstration, tous avec le mot de passe {sign_ins[0].password}")
    width = max(len(one.identifier) for one in sign_ins)
    for one in sign_ins:
        print(f"  {one.space:<16}  {one.identifier:<{width}}  {one.note}")


def _show_first_steps(stack: Stack) -> None:
    print("\nPour commencer")
    for step in demo.first_steps(stack):
        print(f"  {step.title}\n    {step.command}")


if __name__ == "__main__":
    sys.exit(main())
