"""The experiments: each tries one kind of harm many times, and says what went wrong."""

from __future__ import annotations

import os
import random
import resource
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from datadoctor.findings import log
from datadoctor.relabel.queue import relabel_queue
from datadoctor.spreadsheet import write_csv
from tests.campaign import datasets
from tests.campaign.program import (
    Row,
    audit,
    damages,
    end,
    findings,
    items,
    limited,
    run,
    start,
    stopped,
    timed,
)
from tests.relabel.queue.make_run import Made, make_run

LAST_LINES = 600


class Campaign:
    """A folder to work in, a seed, how many tries of the full number, and the undisturbed audit to compare with."""

    def __init__(self, folder: Path, seed: int, scale: float) -> None:
        self.folder = folder
        self.seed = seed
        self.scale = scale
        self.images = datasets.clean(folder / "clean", seed)
        self.whole = folder / "whole"
        ended, self.seconds = timed(audit(self.images, self.whole))
        assert ended.code in (0, 3), ended.said
        self.code, self.expected = ended.code, findings(self.whole)

    def tries(self, full: int) -> int:
        """How many of this many."""
        return max(2, round(full * self.scale))

    def chance(self, what: str) -> random.Random:
        """Chance of its own for an experiment, the same for the same seed."""
        return random.Random(f"{self.seed} {what}")

    def new(self, name: str) -> Path:
        """A new folder."""
        made = self.folder / name
        made.mkdir()
        return made

    def goes_on(self, row: Row, folder: Path, after: str) -> None:
        """Count a failure unless the same audit, run again, finds what the undisturbed one found."""
        ended = run(audit(self.images, folder))
        row.check(ended.code == self.code and findings(folder) == self.expected, f"{after}: {ended.said[-LAST_LINES:]}")


def malformed_images(self: Campaign) -> Row:
    """Damaged images in one audit, which says of each what it is; the sound ones among them are read."""
    row = Row("malformed images, one audit")
    folder = self.new("malformed")
    sound = datasets.malformed(folder / "images", self.seed, self.tries(1000))
    call = [*audit(folder / "images", folder), "--select", "unreadable-image,image-quality"]
    ended, seconds = timed(call)
    row.check(ended.in_order and ended.code in (0, 3), ended.said[-LAST_LINES:])
    table = items(folder)
    row.tries = len(table) - len(sound)
    row.check(
        len(table) == sum(one.is_file() for one in (folder / "images").rglob("*")), "an image is not accounted for"
    )
    row.check(bool(table.loc[table["path"].isin(sound), "readable"].all()), "a sound image is unreadable")
    row.check(bool((table["readable"] | (table["error"] != "")).all()), "an unreadable image without a cause")
    row.notes = f"{len(sound):,} sound ones among them; {seconds:.0f} s; {int((~table['readable']).sum()):,} unreadable"
    return row


def killed_audits(self: Campaign) -> Row:
    """SIGKILL at random moments, the same run again and again; every third time from nothing."""
    return _disturbed_audits(self, "SIGKILL of an audit", 36, lambda _: signal.SIGKILL)


def stopped_audits(self: Campaign) -> Row:
    """The other signals, which an audit answers."""
    several = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
    return _disturbed_audits(self, "SIGTERM, SIGHUP, SIGINT of an audit", 18, lambda number: several[number % 3])


def _disturbed_audits(self: Campaign, what: str, full: int, signal_of: Callable[[int], signal.Signals]) -> Row:
    row, chance = Row(what), self.chance(what)
    folder = self.new(what.split()[0].strip(","))
    hit = 0
    for number in range(self.tries(full)):
        if number % 3 == 0:
            shutil.rmtree(folder)
        ended = stopped(audit(self.images, folder), signal_of(number), chance.uniform(0.1, 1.1) * self.seconds)
        row.tries += 1
        hit += ended.code not in (0, self.code) or (ended.code == 3 and "interrupted" in ended.said)
        early = ended.code in (
            -signal.SIGTERM,
            -signal.SIGHUP,
            -signal.SIGINT,
        )  # before Python could run a line of ours
        row.check(ended.code == -signal.SIGKILL or ended.in_order or early, f"{ended.code}: {ended.said[-LAST_LINES:]}")
        if number % 3 == 2:
            self.goes_on(row, folder, f"after {number + 1} signals")
    self.goes_on(row, folder, "after the last")
    row.notes = f"{hit} before its end"
    return row


def killed_gates(self: Campaign) -> Row:
    """SIGKILL while a baseline is written, and while a dataset is judged by it."""
    row, chance = Row("SIGKILL of a gate"), self.chance("gate")
    folder = self.new("gate")
    baseline, places = folder / "baseline.jsonl", ["--cache", str(self.whole / "cache")]
    write = ["gate", str(self.whole / "out"), "--write-baseline", str(baseline), *places]
    judge = ["gate", str(self.images), "--baseline", str(baseline), "--format", "json", *places]
    _, seconds = timed(write)
    whole = baseline.read_bytes()
    verdict, seconds_judged = timed(judge)
    for number in range(self.tries(16)):
        call, all_of_it = ((write, seconds), (judge, seconds_judged))[number % 2]
        if number % 4 == 0:
            baseline.unlink()
        stopped(call, signal.SIGKILL, chance.uniform(0.1, 1.0) * all_of_it)
        row.tries += 1
        row.check(not baseline.exists() or baseline.read_bytes() == whole, "half a baseline")
        run(write)
        after = run(judge)
        row.check(
            baseline.read_bytes() == whole and after.code == verdict.code,
            f"another verdict: {after.said[-LAST_LINES:]}",
        )
    return row


def killed_applies(self: Campaign) -> Row:
    """SIGKILL of ``apply --write``: the manifest is the old one or the new, the log can be read, the next call ends it."""
    row, chance = Row("SIGKILL of apply --write"), self.chance("apply")
    folder = self.new("apply")
    made = make_run(folder, n=400)
    manifest = made.manifest(folder / "labels.csv")
    _answer(made, folder / "answers.csv")
    before = manifest.read_bytes()
    call = ["apply", str(folder / "answers.csv"), "--manifest", str(manifest), "--source", str(made.images), "--write"]
    call += ["--records", str(folder / "records")]
    ended, seconds = timed(call)
    after = manifest.read_bytes()
    row.check(ended.code == 0 and after != before, f"apply itself: {ended.said[-LAST_LINES:]}")
    for _ in range(self.tries(19)):
        manifest.write_bytes(before)
        shutil.rmtree(folder / "records", ignore_errors=True)
        stopped(call, signal.SIGKILL, chance.uniform(0.6, 1.05) * seconds)
        row.tries += 1
        row.check(manifest.read_bytes() in (before, after), "half a manifest")
        log.read(folder / "records" / "corrections.jsonl")
        ended = run(call)
        row.check(ended.code == 0 and manifest.read_bytes() == after, f"not ended: {ended.said[-LAST_LINES:]}")
    return row


def _answer(made: Made, file: Path) -> None:
    queue = relabel_queue(made.run)
    write_csv(queue.assign(decision="relabel", new_label=queue["path"].map(made.truth), reviewer="mara"), file)


def damaged_remains(self: Campaign) -> Row:
    """The cache and what a run kept, damaged file by file: the next audit finds the same."""
    row, chance = Row("damaged caches and stages"), self.chance("damage")
    folder = self.folder / "damaged"
    shutil.copytree(self.whole, folder)
    files = sorted(
        one for one in folder.rglob("*") if one.is_file() and ("cache" in one.parts or "artifacts" in one.parts)
    )
    for _ in range(self.tries(32)):
        file = chance.choice(files)
        if file.is_file():
            kinds = [*damages(file.read_bytes(), chance), None]
            damaged = chance.choice(kinds)
            file.unlink() if damaged is None else file.write_bytes(damaged)
        row.tries += 1
        self.goes_on(row, folder, f"{file.relative_to(folder)} damaged")
    return row


def two_at_once(self: Campaign) -> Row:
    """Two audits with one cache and one output."""
    row = Row("two audits at once, one cache and output")
    for number in range(self.tries(6)):
        folder = self.new(f"two-{number}")
        both = [start(audit(self.images, folder)) for _ in range(2)]
        ended = [end(one) for one in both]
        row.tries += 1
        row.check(all(one.in_order for one in ended), "; ".join(one.said[-LAST_LINES:] for one in ended))
        self.goes_on(row, folder, "after both")
    return row


def few_resources(self: Campaign) -> Row:
    """Few open files, small files, little memory: the same findings or exit code 3, and the next audit goes on."""
    row = Row("limits: open files, file size, memory")
    limits = [(resource.RLIMIT_NOFILE, one) for one in (12, 16, 24, 32, 64)]
    limits += [(resource.RLIMIT_FSIZE, one) for one in (0, 10_000, 100_000, 300_000, 1_000_000)]
    limits += [(resource.RLIMIT_AS, int(one * 2**30)) for one in (0.3, 0.6, 0.9, 1.2, 1.5, 2, 3, 4, 5, 6)]
    chosen = self.chance("limits").sample(limits, min(len(limits), self.tries(20)))
    done = 0
    for number, (kind, limit) in enumerate(chosen):
        folder = self.new(f"limit-{number}")
        ended = run(audit(self.images, folder), limited(kind, limit))
        row.tries += 1
        done += ended.code != 3 or findings(folder) == self.expected
        row.check(ended.in_order and ended.code in (0, 3), f"{kind} {limit} → {ended.code}: {ended.said[-LAST_LINES:]}")
        self.goes_on(row, folder, f"after limit {kind} {limit}")
    row.notes = f"{done} ended with all findings all the same"
    return row


def clocks_backwards(self: Campaign) -> Row:
    """An image replaced by another whose times are older, or the same to the nanosecond: it is read again."""
    row = Row("images replaced while the clock ran backwards")
    folder = self.new("clock")
    images = shutil.copytree(self.images, folder / "images")
    for number in range(self.tries(10)):
        run(audit(images, folder))
        target, other = images / "stripes" / f"{number:03d}.png", images / "spots" / f"{number + 3:03d}.png"
        times = target.stat()
        target.write_bytes(other.read_bytes())
        back = (times.st_atime_ns, times.st_mtime_ns - (number % 3) * 10**17)
        os.utime(target, ns=back)
        run(audit(images, folder))
        row.tries += 1
        table = items(folder).set_index("path")["digest"]
        row.check(table[f"stripes/{target.name}"] == table[f"spots/{other.name}"], f"{target.name}: the old picture")
    return row


def names_that_run(self: Campaign) -> Row:
    """Scripts, formulas and control characters in every name: shown everywhere, run nowhere."""
    row = Row("scripts in the names of folders and images")
    folder = self.new("names")
    count = datasets.hostile(folder / "images", self.seed)
    ended = run(audit(folder / "images", folder))
    row.tries = count
    row.check(ended.in_order, ended.said[-LAST_LINES:])
    row.check("\x1b[31m" not in ended.said, "a terminal is coloured by a name")
    row.check(len(items(folder)) == count, "an image is not accounted for")
    page = (folder / "out" / "report.html").read_text(encoding="utf-8")
    row.check("<script>alert" not in page and "<img src=x" not in page, "a script in the report")
    cells = pd.read_csv(folder / "out" / "findings.csv", dtype=str).fillna("").to_numpy().ravel()
    row.check(not any(cell.startswith(("=", "+", "@", "\t")) for cell in cells), "a formula in findings.csv")
    return row


EXPERIMENTS = (
    malformed_images, killed_audits, stopped_audits, killed_gates, killed_applies, damaged_remains, two_at_once,
    few_resources, clocks_backwards, names_that_run,
)  # fmt: skip
