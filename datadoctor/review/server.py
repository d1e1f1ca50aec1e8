"""Runs the server: one socket on this machine, as many connections as it lets us have."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
import threading
from collections.abc import Callable

import uvicorn

from datadoctor.errors import DataDoctorError
from datadoctor.review.room import Room
from datadoctor.review.routes import application
from datadoctor.review.safety import Guard

LOOPBACK = "127.0.0.1"
_BACKLOG = 2048
_CONNECTIONS = 8192


def serve(room: Room, *, host: str = LOOPBACK, port: int = 0, ready: Callable[[str], None]) -> None:
    """Serve a room until interrupted. ``port`` 0: any that is free. ``ready`` is told the address as soon as it answers."""
    token = secrets.token_urlsafe(24)
    _ask_for_connections()
    listening = _socket(host, port)
    name = f"[{host}]" if ":" in host else host
    address = f"http://{name}:{listening.getsockname()[1]}/{token}/"
    config = uvicorn.Config(
        Guard(application(room), token, host),
        log_level="error",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ws="none",
        lifespan="off",
        backlog=_BACKLOG,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=2,
    )
    with listening:
        ready(address)
        _run(uvicorn.Server(config), listening)


def _run(server: uvicorn.Server, listening: socket.socket) -> None:
    """Until interrupted; beside a loop that runs here already, as in a notebook, in a thread of its own."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        server.run(sockets=[listening])
        return
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        thread.join()
    finally:
        server.should_exit = True
        thread.join()


def _socket(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(_BACKLOG)
    except (OSError, OverflowError) as error:
        listening.close()
        raise DataDoctorError(
            f"cannot listen on {host}, port {port}: {error}; leave --port out for one that is free"
        ) from error
    return listening


def _ask_for_connections() -> None:
    """Each connection is an open file, and the usual limit of those is below a thousand."""
    with contextlib.suppress(ImportError, ValueError, OSError):  # no such limits on Windows
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = _CONNECTIONS if hard == resource.RLIM_INFINITY else min(_CONNECTIONS, hard)
        if soft != resource.RLIM_INFINITY and soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
