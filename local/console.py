"""The pages beside the API in ``make run``: what was sent and stored, the clock, faults, and the API's description."""

import mimetypes
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, abort, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_swagger_ui import get_swaggerui_blueprint

from chalicelib import clock, settings
from chalicelib.texts.dates import moment_in_words
from local import bank, feedback, mailbox
from local.clients import client, objects
from local.demo import first_steps
from local.executions import executions
from local.faults import Fault

if TYPE_CHECKING:
    from local.stack import Stack

BUCKETS = ("documents", "uploads", "intake", "bank")
OWN_HOSTS = {"localhost", "127.0.0.1"}
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
STATUSES = {
    "RUNNING": "en cours",
    "SUCCEEDED": "terminée",
    "FAILED": "en échec",
    "TIMED_OUT": "hors délai",
    "ABORTED": "interrompue",
}


def console(stack: "Stack") -> Flask:
    """The console of a stack, as a Flask application."""
    app = Flask(__name__)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters["moment"] = moment_in_words
    app.before_request(_refuse_other_sites)
    app.register_blueprint(_pages(stack))
    app.register_blueprint(_letters())
    app.register_blueprint(_files())
    app.register_blueprint(_controls(stack))
    swagger = get_swaggerui_blueprint(
        "/docs", "/openapi.json", config={"app_name": "Espace assuré", "validatorUrl": None}
    )
    app.register_blueprint(swagger)
    return app


def page(template: str, status: int = 200, **values: Any) -> Response:
    """A page of the console, which may load nothing and post only to itself."""
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return Response(render_template(template, **values), status=status, headers=headers, mimetype="text/html")


def _refuse_other_sites() -> ResponseReturnValue | None:
    """A page from elsewhere may neither read the console under a name of its own nor post to it."""
    origin = request.headers.get("Origin")
    if urlsplit(request.host_url).hostname not in OWN_HOSTS or (origin and urlsplit(origin).netloc != request.host):
        return jsonify(error="La console ne répond qu’à cette machine."), 403
    return None


def _pages(stack: "Stack") -> Blueprint:
    pages = Blueprint("pages", __name__)

    @pages.get("/")
    def start() -> Response:
        return page(
            "start.html",
            stack=stack,
            insurer=settings.insurer(),
            now=clock.now(),
            schedules=stack.schedules.all,
            steps=first_steps(stack),
            intake_bucket=settings.bucket("intake"),
        )

    @pages.get("/_local/queues")
    def queues() -> Response:
        return page("queues.html", queues=stack.deliveries.queues(), executions=executions(), statuses=STATUSES)

    @pages.get("/_local/queues.json")
    def queues_json() -> Response:
        return jsonify(
            queues=[asdict(queue) for queue in stack.deliveries.queues()],
            executions=[{**asdict(one), "started_at": one.started_at.isoformat()} for one in executions()],
        )

    return pages


def _letters() -> Blueprint:
    pages = Blueprint("letters", __name__)

    @pages.get("/_local/mailbox")
    def letters() -> Response:
        return page("mailbox.html", letters=mailbox.letters())

    @pages.get("/_local/mailbox.json")
    def letters_json() -> Response:
        found = mailbox.letters()
        return jsonify(messages=[{**asdict(one), "sent_at": one.sent_at.isoformat()} for one in found])

    return pages


def _files() -> Blueprint:
    pages = Blueprint("files", __name__)

    @pages.get("/_local/documents")
    def listing() -> Response:
        return page("documents.html", buckets={bucket: _latest_first(bucket) for bucket in BUCKETS})

    @pages.get("/_local/documents/<bucket>/<path:key>")
    def download(bucket: str, key: str) -> Response:
        if bucket not in BUCKETS or key not in {one["Key"] for one in objects(bucket, key)}:
            abort(404)
        content = client("s3").get_object(Bucket=settings.bucket(bucket), Key=key)["Body"].read()
        answer = Response(content, mimetype="application/octet-stream", headers={"X-Content-Type-Options": "nosniff"})
        answer.headers.set("Content-Disposition", "attachment", filename=_file_name(key, content))
        return answer

    @pages.put("/_local/intake/<path:name>")
    def intake(name: str) -> ResponseReturnValue:
        key = name if name.startswith(("attachments/", "incoming/")) else f"incoming/{name}"
        client("s3").put_object(Bucket=settings.bucket("intake"), Key=key, Body=request.get_data())
        return jsonify(bucket=settings.bucket("intake"), key=key), 201

    @pages.get("/_local/bank.json")
    def bank_files() -> Response:
        return jsonify(files={name: content.decode() for name, content in bank.files().items()})

    @pages.put("/_local/bank/<name>")
    def bank_file(name: str) -> ResponseReturnValue:
        bank.leave(name, request.get_data())
        return jsonify(bucket=settings.bucket("bank"), key=f"in/{name}.xml"), 201

    return pages


def _latest_first(bucket: str) -> list[dict[str, Any]]:
    return sorted(objects(bucket), key=lambda one: str(one["LastModified"]), reverse=True)


def _file_name(key: str, content: bytes) -> str:
    """The last part of the key, with the ending that the first bytes ask for when it has none."""
    name = key.rpartition("/")[2]
    return f"{name}.pdf" if mimetypes.guess_type(name)[0] is None and content.startswith(b"%PDF") else name


def _controls(stack: "Stack") -> Blueprint:
    controls = Blueprint("controls", __name__)

    @controls.get("/_local/clock")
    def read_clock() -> Response:
        return jsonify(now=clock.now().isoformat(), today=clock.today().isoformat())

    @controls.post("/_local/clock")
    def move_clock() -> ResponseReturnValue:
        hours = _values().get("hours", "")
        try:
            stack.advance(timedelta(hours=float(hours)))
        except (ValueError, OverflowError):
            return jsonify(error="« hours » doit être un nombre d’heures positif."), 400
        return _done(now=clock.now().isoformat())

    @controls.get("/_local/faults")
    def list_faults() -> Response:
        return jsonify(faults=[asdict(fault) for fault in stack.faults.pending()])

    @controls.post("/_local/faults")
    def add_fault() -> ResponseReturnValue:
        try:
            _add_fault(stack, _values())
        except (KeyError, ValueError) as error:
            return jsonify(error=f"Panne refusée : {error}"), 400
        return jsonify(faults=[asdict(fault) for fault in stack.faults.pending()]), 201

    @controls.delete("/_local/faults")
    def clear_faults() -> ResponseReturnValue:
        stack.faults.clear()
        return "", 204

    @controls.post("/_local/feedback")
    def tell_of_mail() -> ResponseReturnValue:
        values = _values()
        recipient, kind = values.get("recipient", ""), values.get("kind", "bounce")
        try:
            feedback.report(recipient, kind)
        except LookupError:
            known = ", ".join(feedback.EVENTS)
            return jsonify(error=f"Aucun mail n’est parti à cette adresse, ou « kind » n’est pas parmi {known}."), 404
        return _done(told=kind)

    @controls.post("/_local/bank")
    def let_bank_answer() -> ResponseReturnValue:
        answered = bank.answer_all(at=clock.now(), code=_values().get("code", ""))
        return _done(answered=", ".join(answered))

    @controls.post("/_local/schedules/<name>")
    def run_schedule(name: str) -> ResponseReturnValue:
        if name not in {schedule.name for schedule in stack.schedules.all}:
            return jsonify(error="Aucune tâche programmée ne porte ce nom."), 404
        stack.schedules.run(name)
        return _done(ran=name)

    return controls


def _values() -> dict[str, str]:
    """What was posted, from a form or as JSON."""
    posted = request.get_json() if request.is_json else request.form
    if not hasattr(posted, "items"):
        abort(400)
    return {str(name): str(value) for name, value in posted.items()}


def _done(**answer: str) -> ResponseReturnValue:
    """Back to the start page for a form, the facts for a program."""
    return jsonify(**answer) if request.is_json or not request.form else redirect("/", code=303)


def _add_fault(stack: "Stack", values: dict[str, str]) -> None:
    fault = Fault(
        target=values.get("operation") or values["function"],
        error=values.get("error", "InjectedFault"),
        times=int(values.get("times", "1")),
        containing=values.get("containing", ""),
    )
    if "operation" in values:
        stack.faults.fail_call(fault.target, error=fault.error, times=fault.times, containing=fault.containing)
    elif fault.target in stack.functions:
        stack.faults.fail_function(fault.target, error=fault.error, times=fault.times)
    else:
        raise ValueError(f"aucune fonction {fault.target}")
