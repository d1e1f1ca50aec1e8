"""Opens a review, from the command line and from Python alike: says where it is, shows it, ends it quietly."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import TYPE_CHECKING

from datadoctor.errors import DataDoctorError

if TYPE_CHECKING:
    from datadoctor.run import Run


def review(
    run: Run,
    *,
    reviewer: str | None = None,
    browser: bool = True,
    read_only: bool = False,
    host: str = "127.0.0.1",
    port: int = 0,
    source: Path | None = None,
    manifest: Path | None = None,
    records: Path | None = None,
) -> None:
    """Serve a run until interrupted; the arguments are the flags of `datadoctor review`.

    Raises ``DataDoctorError`` where the packages of the server are not installed, and for a run or an address that cannot be used.
    """
    try:
        from datadoctor.review.desk import named
        from datadoctor.review.room import Room, Settings
        from datadoctor.review.server import serve
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("starlette", "uvicorn"):
            raise
        raise DataDoctorError("review needs two more packages: pip install 'datadoctor[review]'") from error
    room = Room(run, Settings(named(reviewer or getpass.getuser()), read_only, source, manifest, records))
    room.prepare()

    def ready(address: str) -> None:
        print(f"review   {address}\ndecisions are kept in {room.desk.file}; Ctrl-C ends this", flush=True)  # noqa: T201
        if browser:
            import webbrowser

            webbrowser.open(address)

    try:
        serve(room, host=host, port=port, ready=ready)
    except KeyboardInterrupt:  # how a server ends; what was decided is on the disk
        print(f"\nto carry the decisions out: datadoctor apply {run.path} --source DIR or --manifest FILE")  # noqa: T201
