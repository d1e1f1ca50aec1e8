"""The real server in a process of its own, and a client that sends exactly what it is told."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

JSON = "application/json"


@dataclass(frozen=True)
class Answered:
    """A response: its body is read whole."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Served:
    """A running review; ``address`` ends with the token and a slash."""

    address: str
    process: subprocess.Popen[str]

    @property
    def port(self) -> int:
        return urlsplit(self.address).port or 0

    @property
    def root(self) -> str:
        return urlsplit(self.address).path

    def send(self, path: str, method: str = "GET", body: bytes | None = None, **headers: str) -> Answered:
        """``path`` as it is, from the root of the server; underscores in names of headers stand for hyphens."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            response = connection.getresponse()
            return Answered(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        finally:
            connection.close()

    def ask(self, path: str, **query: object) -> Answered:
        return self.send(f"{self.root}{path}" + (f"?{urlencode(query)}" if query else ""))

    def tell(self, path: str, **body: object) -> Answered:
        return self.send(f"{self.root}{path}", "POST", json.dumps(body).encode(), Content_Type=JSON)

    def decide(self, *places: int, reviewer: str = "mara", decision: str = "exclude", **more: str) -> Answered:
        decisions = [{"place": place, "decision": decision, **more} for place in places]
        return self.tell("decide", reviewer=reviewer, decisions=decisions)


@contextmanager
def served(run: Path, *options: str) -> Iterator[Served]:
    """`datadoctor review` on a run, until the end of the context."""
    command = [sys.executable, "-m", "datadoctor", "review", str(run), "--no-browser", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        said = process.stdout.readline().split()
        assert said[:1] == ["review"], process.communicate(timeout=30)[1]
        yield Served(said[1], process)
    finally:
        process.kill()
        process.communicate()
