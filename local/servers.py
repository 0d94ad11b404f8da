"""HTTP servers on the loopback address, on ports that are known to be free before anything else starts."""

import errno
import socket
from threading import Thread
from typing import TYPE_CHECKING, Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

LOOPBACK = "127.0.0.1"


class PortTaken(Exception):
    """The port cannot be had."""

    def __init__(self, port: int) -> None:
        super().__init__(str(port))
        self.port = port


class Server:
    """One port, held from the start, and what answers there once ``serve`` is called."""

    def __init__(self, port: int) -> None:
        """Take the port; 0 takes any free one.

        Errors: ``PortTaken``.
        """
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind((LOOPBACK, port))
        except OSError as error:
            self._socket.close()
            if error.errno in {errno.EADDRINUSE, errno.EACCES}:
                raise PortTaken(port) from error
            raise
        self._socket.listen(128)
        self.port: int = self._socket.getsockname()[1]
        self._server: Any = None
        self._thread: Thread | None = None

    def serve(self, application: "WSGIApplication", handler: type[WSGIRequestHandler] | None = None) -> None:
        """Answer in the background, one thread per request."""
        self._server = make_server(
            LOOPBACK,
            self.port,
            application,
            threaded=True,
            request_handler=handler or Quiet,
            fd=self._socket.fileno(),
        )
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Answer no more and give the port back."""
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()
        self._socket.close()


class Quiet(WSGIRequestHandler):
    """Writes no line per request: the project's own logs tell what happened."""

    def log(self, type: str, message: str, *args: Any) -> None:
        """Nothing."""


class QuietMoto(MotoRequestHandler):
    """The same for the simulated AWS."""

    def log(self, type: str, message: str, *args: Any) -> None:
        """Nothing."""


def simulated_services() -> "WSGIApplication":
    """The simulated AWS over HTTP, for browsers that upload and for the AWS command line."""
    return DomainDispatcherApplication(create_backend_app)
