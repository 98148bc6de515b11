"""A web server for tests, which serves the branch of notebooks as a real host would."""

import contextlib
import http.server
import threading
from dataclasses import dataclass, field
from pathlib import Path

from edition import NOTEBOOKS, Edition

COURSE = "/owner/course"


@dataclass
class Host:
    """Address of the repository that it plays, and the paths that were asked for."""

    address: str
    asked: list = field(default_factory=list)

    def edition(self):
        """An Edition whose repository lies on this host."""
        day = "2026-01-01"
        return Edition("Course", self.address + COURSE, None, "main", "0" * 40, False, day)


@contextlib.contextmanager
def serving(folder, reply=None):
    """A Host that serves `folder` as its branch; `reply` (status, headers, body) stands for all."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            host.asked.append(self.path)
            self.send(*(reply or self.found()))

        def found(self):
            branch = f"{COURSE}/raw/{NOTEBOOKS}/"
            if self.path.startswith(branch):  # GitHub sends such requests to another address
                return 302, {"Location": self.path.replace(branch, "/content/", 1)}, b""
            file = Path(folder, self.path.removeprefix("/content/"))
            return (200, {}, file.read_bytes()) if file.is_file() else (404, {}, b"Not Found")

        def send(self, status, headers, body):
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(body))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    host = Host(f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
    try:
        yield host
    finally:
        server.shutdown()
        server.server_close()
