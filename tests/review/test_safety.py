"""Attacks on the server: who may ask, what may be asked, how much may be sent, what may be written."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.review.serving import JSON, Served

Serve = Callable[..., Served]


@pytest.mark.parametrize(
    "path", ["/", "/data", "/picture/0", "/{wrong}/", "/{wrong}/data", "//", "/%00/", "/../../etc/passwd"]
)
def test_nothing_is_there_without_the_token(reading: Served, path: str) -> None:
    wrong = reading.root.strip("/")[:-1] + "_"
    answer = reading.send(path.format(wrong=wrong))
    assert answer.status == 404
    assert b"datadoctor review" in answer.body


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "", "localhost.evil.example", "[bad"]
)
def test_another_host_name_is_refused(reading: Served, host: str) -> None:
    assert reading.send(reading.root, Host=host).status == 403


@pytest.mark.parametrize("host", ["localhost:9000", "127.0.0.1", "[::1]:80"])
def test_this_machine_has_several_names(reading: Served, host: str) -> None:
    assert reading.send(f"{reading.root}desk", Host=host).status == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://127.0.0.1:1", "http://127.0.0.1"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_another_origin_is_refused(reading: Served, origin: str, method: str) -> None:
    body = b"{}" if method == "POST" else None
    assert reading.send(f"{reading.root}decide", method, body, Origin=origin, Content_Type=JSON).status == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_picture_in_another_page_is_refused(reading: Served, site: str) -> None:
    assert reading.send(f"{reading.root}picture/0", Sec_Fetch_Site=site).status == 403


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_a_form_decides_nothing(refusing: Served, kind: str) -> None:
    body = json.dumps({"reviewer": "eve", "decisions": [{"place": 0, "decision": "exclude"}]}).encode()
    assert refusing.send(f"{refusing.root}decide", "POST", body, Content_Type=kind).status == 403


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"])
def test_other_methods_are_refused(reading: Served, method: str) -> None:
    assert reading.send(reading.root, method).status == 403


@pytest.mark.parametrize(
    "path",
    ["picture/../../../etc/passwd", "picture/..%2f..%2fetc%2fpasswd", "picture/%2e%2e/items.parquet", "../summary.json",
     "picture/-1", "picture/120", "picture/99999999999999999999", "picture/0x1", "picture/1.5", "picture/", "picture/0?side=5000",
     "picture/0?side=-1", "picture/0?side=x", "static/x", "review.jsonl", "items.parquet"],
)  # fmt: skip
def test_images_are_served_by_place_and_nothing_else_is(reading: Served, path: str) -> None:
    assert reading.send(reading.root + path).status == 404


@pytest.mark.parametrize(
    "query", ["sort=rm", "nothing=1", "p=a~b", "text[]=x", "side=1~x", "sort=--p"]
)  # fmt: skip
def test_a_question_that_makes_no_sense_is_answered_so(reading: Served, query: str) -> None:
    answer = reading.send(f"{reading.root}rows?{query}")
    assert answer.status == 400
    assert answer.json["error"]


@pytest.mark.parametrize("places", ["-1", "120", "1,x", "1e3", ",".join(["0"] * 2001)])
def test_facts_are_of_images_of_this_run(reading: Served, places: str) -> None:
    assert reading.ask("items", places=places).status == 400


@pytest.mark.parametrize("place", [-1, 120, "0", 1.5, None, True, 10**30, [0]])
def test_what_is_not_in_the_run_is_not_decided(refusing: Served, place: object) -> None:
    assert refusing.tell("decide", reviewer="eve", decisions=[{"place": place, "decision": "exclude"}]).status == 400
    good_then_bad = [{"place": 0, "decision": "exclude"}, {"place": place, "decision": "exclude"}]
    assert refusing.tell("decide", reviewer="eve", decisions=good_then_bad).status == 400


@pytest.mark.parametrize(
    "wanted",
    [{"decision": "delete"}, {"decision": "relabel", "label": "no such class"}, {"decision": ["keep"]},
     {"decision": "keep", "note": "x" * 1001}, {"decision": "keep", "key": 5}],
)  # fmt: skip
def test_what_cannot_be_decided_is_refused(refusing: Served, wanted: dict[str, object]) -> None:
    assert refusing.tell("decide", reviewer="eve", decisions=[{"place": 0, **wanted}]).status == 400


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b"[" * 100_000, b'{"decisions": 5}', b'{"decisions": [5]}', b"\xff"]
)
def test_bodies_that_are_no_decisions_are_refused(refusing: Served, body: bytes) -> None:
    assert refusing.send(f"{refusing.root}decide", "POST", body, Content_Type=JSON).status == 400


def test_a_body_of_100_megabytes_is_not_read(refusing: Served) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", refusing.port, timeout=30)
    connection.putrequest("POST", f"{refusing.root}decide")
    connection.putheader("Content-Type", JSON)
    connection.putheader("Content-Length", str(100_000_000))
    connection.endheaders()
    sent = 0
    try:
        while sent < 100_000_000:
            connection.send(b" " * 1_000_000)
            sent += 1_000_000
    except OSError:
        pass  # the server hung up, as it should
    else:
        assert connection.getresponse().status == 413
    assert _resident(refusing) < 1_500_000_000


def _resident(server: Served) -> int:
    for line in Path(f"/proc/{server.process.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) * 1024
    return 0


def test_a_thousand_connections_shut_nobody_out(serve: Serve) -> None:
    server = serve()
    _allow_files(2200)
    held = [socket.create_connection(("127.0.0.1", server.port), timeout=30) for _ in range(1000)]
    try:
        for one in held[:500]:
            one.send(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n")  # and never the rest
        assert server.ask("desk").status == 200
        assert server.decide(0).status == 200
    finally:
        for one in held:
            one.close()
    assert server.ask("desk").status == 200


def _allow_files(number: int) -> None:
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < number:
        pytest.skip(f"at most {hard} files may be open here")
    if soft != resource.RLIM_INFINITY and soft < number:
        resource.setrlimit(resource.RLIMIT_NOFILE, (number, hard))


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "Ünï 日本", "a,b;=cmd|' /C calc'!A0"])
def test_a_reviewer_may_be_called_anything_printable(serve: Serve, name: str) -> None:
    server = serve()
    assert server.decide(0, reviewer=name).status == 200
    assert list(server.ask("decisions", since=0).json["decisions"]["0"]["by"]) == [name]


@pytest.mark.parametrize("name", ["", " ", "a\nb", "\x00", "x" * 101, 5, None])
def test_a_name_that_is_none_is_refused(refusing: Served, name: object) -> None:
    assert refusing.tell("decide", reviewer=name, decisions=[{"place": 0, "decision": "keep"}]).status == 400


def test_read_only_writes_nothing(reading: Served, shared_run: Path) -> None:
    before = _tree(shared_run.parent)
    for path in ("decide", "undo", "many", "apply"):
        answer = reading.tell(path, reviewer="eve", decisions=[{"place": 0, "decision": "exclude"}])
        assert answer.status == 403, path
    assert _tree(shared_run.parent) == before


def test_only_the_journal_is_written_before_apply_is_confirmed(serve: Serve, made_run: Path) -> None:
    before = _tree(made_run.parent)
    server = serve()
    server.decide(0, 1, 2)
    server.tell("undo", reviewer="mara")
    server.decide(3)
    server.ask("plan")
    server.tell("apply", reviewer="mara", code="0" * 12)
    after = _tree(made_run.parent)
    assert {name for name in after if after[name] != before.get(name)} == {"run/review.jsonl"}
    assert before.keys() <= after.keys()


def _tree(folder: Path) -> dict[str, bytes]:
    return {str(one.relative_to(folder)): one.read_bytes() for one in sorted(folder.rglob("*")) if one.is_file()}


def test_browsers_are_told_to_be_strict(reading: Served) -> None:
    page = reading.ask("")
    assert page.headers["content-security-policy"] == "frame-ancestors 'none'"
    policy = page.body.decode().split('Content-Security-Policy" content="')[1].split('"')[0].replace("&#39;", "'")
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "connect-src 'self'" in policy
    assert "unsafe" not in policy
    for answer in (page, reading.ask("data"), reading.ask("picture/0"), reading.send("/"), reading.ask("picture/x")):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert "access-control-allow-origin" not in answer.headers
        assert "server" not in answer.headers


def test_a_link_in_place_of_the_journal_is_not_followed(made_run: Path, tmp_path: Path) -> None:
    from datadoctor.cli import main

    outside = tmp_path / "outside"
    outside.write_text("mine")
    (made_run / "review.jsonl").symlink_to(outside)
    assert main(["review", str(made_run), "--no-browser"]) == 2
    assert outside.read_text() == "mine"


def test_a_file_that_changed_is_not_shown_as_the_audited_one(serve: Serve, made_run: Path) -> None:
    server = serve()
    path = server.ask("items", places=0).json["0"]["path"]
    assert server.ask("picture/0", side=0).status == 200
    file = made_run.parent / "photos" / path
    file.write_bytes(file.read_bytes() + b"x")
    assert server.ask("picture/0", side=0).status == 410
    file.unlink()
    assert server.ask("picture/0", side=768).status == 410
