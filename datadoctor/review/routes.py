"""What the page asks, and what it is answered. Everything is below the token (``safety``)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import numpy as np
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from datadoctor.errors import DataDoctorError
from datadoctor.review import query
from datadoctor.review.desk import named
from datadoctor.review.pictures import SIDES, Gone
from datadoctor.review.room import Room
from datadoctor.review.safety import HEADERS, TooLargeError

MOST_FACTS = 2_000
Answer = Callable[[Request], Awaitable[Response]]


def application(room: Room) -> Starlette:
    """The application that answers for a room."""
    reads: dict[str, Callable[[Room, Mapping[str, str]], object]] = {
        "/desk": lambda room, _: room.desk_facts(),
        "/rows": _rows,
        "/histograms": _histograms,
        "/items": _items,
        "/similar": _similar,
        "/decisions": lambda room, asked: room.desk.since(_whole(asked, "since", 0)),
        "/reviewers": lambda room, _: room.reviewers(),
        "/many": _many,
        "/sample": lambda room, asked: room.sample.next(_whole(asked, "size", 100), named(asked.get("reviewer"))),
        "/plan": lambda room, _: room.plan(),
        "/improved": lambda room, _: room.improving.state(),
    }
    writes: dict[str, Callable[[Room, Mapping[str, Any]], object]] = {
        "/decide": _decide,
        "/undo": _undo,
        "/many": _take_many,
        "/improve": lambda room, _: room.improve(),
        "/apply": lambda room, body: room.apply(str(body.get("code", "")), named(body.get("reviewer"))),
    }
    return Starlette(
        routes=[
            Route("/", _page(room)),
            Route("/data", _data(room)),
            Route("/picture/{place:int}", _picture(room)),
            Route("/dropped", _dropped(room), methods=["POST"]),
            *(Route(path, _read(room, answer)) for path, answer in reads.items()),
            *(Route(path, _write(room, answer), methods=["POST"]) for path, answer in writes.items()),
        ],
        exception_handlers={DataDoctorError: _said_no, TooLargeError: _said_too_much},
    )


async def _said_no(_: Request, error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, 400)


async def _said_too_much(_: Request, error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, 413, {"connection": "close"})


def _page(room: Room) -> Answer:
    async def page(_: Request) -> Response:
        html = await run_in_threadpool(lambda: room.page.html)
        # What the page may do is said in it, by the hashes of its script and style; what it may be put into, only here.
        frames = {"content-security-policy": "frame-ancestors 'none'"}
        return Response(html.encode("utf-8", "backslashreplace"), media_type="text/html", headers=frames)

    return page


def _data(room: Room) -> Answer:
    async def data(_: Request) -> Response:
        content = await run_in_threadpool(lambda: room.page.data)
        return Response(content, media_type="application/json", headers={"content-encoding": "gzip"})

    return data


def _picture(room: Room) -> Answer:
    async def picture(request: Request) -> Response:
        try:
            side = int(request.query_params.get("side", SIDES[0]))
            content, kind = await run_in_threadpool(room.pictures.picture, request.path_params["place"], side)
        except (LookupError, ValueError):
            return JSONResponse({"error": "there is no such picture"}, 404)
        except Gone as error:
            return JSONResponse({"error": str(error)}, 410)
        # The address holds the version, so that what it shows never changes.
        kept = "private, max-age=31536000, immutable" if request.query_params.get("v") else HEADERS["cache-control"]
        return Response(content, media_type=kind, headers={"cache-control": kept})

    return picture


def _dropped(room: Room) -> Answer:
    async def dropped(request: Request) -> Response:
        content = await request.body()
        return JSONResponse({"picture": await run_in_threadpool(room.dropped.see, content)})

    return dropped


def _read(room: Room, answer: Callable[[Room, Mapping[str, str]], object]) -> Answer:
    async def read(request: Request) -> Response:
        found = await run_in_threadpool(answer, room, dict(request.query_params))
        if isinstance(found, np.ndarray):  # places
            return Response(found.astype("<u4").tobytes(), media_type="application/octet-stream")
        return JSONResponse(found)

    return read


def _write(room: Room, answer: Callable[[Room, Mapping[str, Any]], object]) -> Answer:
    async def write(request: Request) -> Response:
        try:
            body = await request.json()
        except (ValueError, RecursionError) as error:
            raise DataDoctorError("the body is no JSON") from error
        if not isinstance(body, dict):
            raise DataDoctorError("the body is no JSON object")
        if room.desk.read_only:
            return JSONResponse({"error": "this review is read-only: nothing is decided in it"}, 403)
        return JSONResponse(await run_in_threadpool(answer, room, body))

    return write


def _rows(room: Room, asked: Mapping[str, str]) -> object:
    return query.places(query.parsed(asked, room.table), room.table, room.desk.standing)


def _histograms(room: Room, asked: Mapping[str, str]) -> object:
    return query.histograms(query.parsed(asked, room.table), room.table, room.desk.standing)


def _similar(room: Room, asked: Mapping[str, str]) -> object:
    """Nearest to images of the run, to a picture that was dropped, or to a text."""
    count = _whole(asked, "count", 200)
    if asked.get("picture"):
        return room.dropped.nearest(asked["picture"], count)
    if asked.get("words"):
        return room.words.nearest(asked["words"], count)
    return room.similar.to(_places(asked), count)


def _items(room: Room, asked: Mapping[str, str]) -> object:
    places = _places(asked)
    if not all(0 <= place < len(room.table) for place in places) or len(places) > MOST_FACTS:
        raise DataDoctorError(f"at most {MOST_FACTS:,} images of this run are asked for at once")
    return {place: room.table.facts(place) for place in places}


def _decide(room: Room, body: Mapping[str, Any]) -> object:
    decisions = body.get("decisions")
    if not isinstance(decisions, list) or not all(isinstance(one, dict) for one in decisions):
        raise DataDoctorError("decisions: a list of objects")
    return {"id": room.desk.decide(named(body.get("reviewer")), decisions, str(body.get("how", ""))).id}


def _undo(room: Room, body: Mapping[str, Any]) -> object:
    taken = room.desk.undo(named(body.get("reviewer")))
    return {
        "places": [room.table.place[said.path] for said in taken.decisions if said.path in room.table.place]
        if taken
        else []
    }


def _many(room: Room, asked: Mapping[str, str]) -> object:
    filters = {name: value for name, value in asked.items() if name not in ("count", "reviewer")}
    found = query.parsed({**filters, "state": "open"}, room.table)
    places = query.places(found, room.table, room.desk.standing)
    return room.many.offer(places, _whole(asked, "count", 100), named(asked.get("reviewer")))


def _take_many(room: Room, body: Mapping[str, Any]) -> object:
    return room.many.take(str(body.get("offer", "")), body.get("right"), named(body.get("reviewer")))


def _places(asked: Mapping[str, str]) -> list[int]:
    try:
        return [int(text) for text in asked.get("places", "").split(",") if text]
    except ValueError as error:
        raise DataDoctorError("places: numbers with commas between them") from error


def _whole(asked: Mapping[str, str], name: str, default: int) -> int:
    try:
        return int(asked.get(name) or default)
    except ValueError as error:
        raise DataDoctorError(f"{name}: a whole number") from error
