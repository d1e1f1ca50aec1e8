"""The flow as code: list, read, embed, judge, check, write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datadoctor import checks, machine
from datadoctor.config import Config, load
from datadoctor.console import nearest
from datadoctor.errors import DataDoctorError, NotApplicableError, NotAvailableError
from datadoctor.faults import fault_of
from datadoctor.files import check_file_can_be_read, check_folder_can_be_written, check_utf8
from datadoctor.findings import Failed, Outcome, Ran, Skipped
from datadoctor.progress import Progress, Silent
from datadoctor.run import Run

if TYPE_CHECKING:
    from datadoctor.flow import Flow
    from datadoctor.sources import Listing

BUSY = "{out}: another process is writing this run; wait for it, or give another --out"
INCOMPLETE = 3
ENGINES = ("", "ray")
INPUTS = ("hierarchy", "exclude", "weights", "embeddings", "pred_probs", "audited", "answers")


@dataclass(frozen=True)
class Audit(Run):
    """A finished audit: the tables of its run directory, and what each check said.

    ``findings``, ``items``, ``duplicates`` and ``class_pairs`` are DataFrames, ``summary`` and ``hierarchy`` dicts; their columns
    are described in ``datadoctor.run``. ``outcomes`` holds ``Ran``, ``Skipped`` or ``Failed`` for each selected check.
    """

    outcomes: tuple[Outcome, ...] = ()

    @property
    def exit_code(self) -> int:
        """0 if every selected check that applies ran, 3 otherwise."""
        return 0 if all(map(_complete, self.outcomes)) else INCOMPLETE

    def review(self, *, reviewer: str | None = None, browser: bool = True, read_only: bool = False) -> None:
        """Work through the run in the browser until interrupted (Ctrl-C, or stopping the cell): `datadoctor review`.

        Raises ``DataDoctorError`` where Starlette and uvicorn are not installed (the extra ``review``).
        """
        from datadoctor.review.opening import review

        review(self, reviewer=reviewer, browser=browser, read_only=read_only)

    def _repr_html_(self) -> str:
        """What a notebook shows: the verdict figures and the worst labels."""
        from datadoctor.report.notebook import html

        return html(self)


def _complete(outcome: Outcome) -> bool:
    return isinstance(outcome, Ran) or (isinstance(outcome, Skipped) and not outcome.applicable)


def audit(
    source: Any = None,
    *,
    images: Sequence[Any] | None = None,
    labels: Sequence[Any] | None = None,
    splits: Sequence[Any] | None = None,
    groups: Sequence[Any] | None = None,
    names: Sequence[Any] | None = None,
    classes: Sequence[str] = (),
    progress: Progress | None = None,
    engine: str = "",
    address: str | None = None,
    **settings: Any,
) -> Audit:
    """Audit the dataset at the path ``source``; ``settings`` are the fields of ``datadoctor.config.Config``.

    ``audit("photos/", model="resnet18", out="report")`` is ``datadoctor audit photos/ --model resnet18 --out report``, except that
    no settings file is read.

    In memory: ``source`` is a data set of torch or torchvision, a DataFrame (a column of images or paths, one of labels), or a
    Dataset or DatasetDict of Hugging Face; or ``images`` are given, n of them: PIL images, arrays (h, w) or (h, w, c) uint8, tensors
    (c, h, w) of 0 to 1, bytes or paths of files. ``labels``, ``splits``, ``groups`` and ``names`` are as long; a label of None is
    none, a list of labels (or of 0 and 1 for each of the ``classes``) is several. ``classes``: the names of labels that are numbers.

    ``engine``: 'ray' to read and embed on a Ray cluster, that at ``address`` or, without, one of this machine; of a path only.

    Raises ``DataDoctorError`` for a dataset or setting that cannot be used.
    """
    unknown = settings.keys() - Config.__dataclass_fields__.keys()
    if unknown:
        raise DataDoctorError(f"unknown settings: {', '.join(sorted(unknown))}")
    config = load(None, settings, search=False)
    if (source is None) == (images is None):
        raise DataDoctorError("nothing to audit, or two things: give a path or a data set, or images=")
    if engine not in ENGINES or (engine and not isinstance(source, str | Path)):
        raise DataDoctorError(f"engine {engine!r}: give 'ray', and a path that all nodes see, or none")
    if isinstance(source, str | Path):
        if engine:
            return audit_on_ray(Path(source), config, progress or Silent(), address)
        return audit_with(Path(source), config, progress or Silent())
    from datadoctor.sources.memory import FORMAT, list_memory
    from datadoctor.sources.memory.libraries import given
    from datadoctor.sources.memory.pictures import Given

    if images is not None:
        found = Given(images, labels, splits, groups, names, classes)
    else:
        asked = {kind: getattr(config, f"{kind}_column") for kind in ("path", "label", "split", "group")}
        found = given(source, **asked)
    return audit_with(
        Path(FORMAT), config, progress or Silent(), list_memory(found, config.merge_spellings, config.label_separator)
    )


def audit_with(source: Path, config: Config, progress: Progress, listing: Listing | None = None) -> Audit:
    """Run the selected checks and write the run directory; a check never hides that it did not run.

    ``listing``: of what lies at no path; ``source`` is then what it is called. Raises ``DataDoctorError`` where another process
    writes the same run directory.
    """
    from datadoctor import locks

    flow, selected = _flow(source, config, progress, {"listing": listing} if listing else None)
    if listing:
        progress.say(listing.sentence())
    _ = flow["given_hierarchy"]  # what is wrong with it is told before anything is made
    with locks.alone(flow.folder, BUSY.format(out=config.out)):
        announce(flow)
        return _finished(flow, selected)


def audit_on_ray(source: Path, config: Config, progress: Progress, address: str | None) -> Audit:
    """As ``audit_with``, where the images are read and embedded by the workers of a Ray cluster."""
    from datadoctor.shards.on_ray import make_all

    flow, _ = _flow(source, config, progress)
    _ = flow["given_hierarchy"]
    folder = make_all(flow, address)
    machine_settings = {name: getattr(config, name) for name in ("out", "cache", "workers", "device", "model")}
    return merge(folder, progress=progress, **machine_settings)


def merge(shards: str | Path, *, progress: Progress | None = None, **overrides: Any) -> Audit:
    """The audit of a dataset whose shards lie below the folder ``shards``: `datadoctor merge`.

    It has their settings; ``overrides`` are the fields of ``datadoctor.config.Config`` that say where and how fast: ``out``, ``cache``,
    ``workers``, ``device``; and ``model`` where that is your own code. Raises ``DataDoctorError`` naming the shard that is missing,
    doubled, damaged or of another audit, or where another process merges into the same run directory.
    """
    from datadoctor import locks
    from datadoctor.shards import gathering
    from datadoctor.shards.merging import check_origin, settings, tell

    folder, progress = Path(shards), progress or Silent()
    found = gathering.find(folder)
    config = settings(folder, found.origin, overrides)
    check_folder_can_be_written(config.out)
    with locks.alone(config.out / "artifacts", BUSY.format(out=config.out)):
        flow, selected = _flow(Path(found.origin.source), config, progress)
        _ = flow["given_hierarchy"]
        check_origin(flow, folder, found)
        with flow.clock.stage("reading"):
            flow.made["reading"] = gathering.gather(found, flow.folder, progress)
        tell(flow)
        return _finished(flow, selected)


def _flow(
    source: Path, config: Config, progress: Progress, made: Mapping[str, Any] | None = None
) -> tuple[Flow, Sequence[str]]:
    """The flow of an audit and the checks to run, once what was named is there and can be written."""
    from datadoctor.flow import Flow

    check_places(source, config)
    selected = select(config)
    machine.ask_for(config.workers)
    return Flow(source, config, progress, made), selected


def check_places(source: Path, config: Config) -> None:
    """Raise ``DataDoctorError`` for a file that cannot be read, or a folder that cannot be written, before any work."""
    check_utf8(source)
    for file in (*config.manifest, *filter(None, (getattr(config, name) for name in INPUTS))):
        check_file_can_be_read(file)
    for folder in filter(None, (config.out, config.cache)):
        check_folder_can_be_written(folder)


def _finished(flow: Flow, selected: Sequence[str]) -> Audit:
    outcomes = tuple(run_check(name, flow) for name in selected)
    write_run(flow, outcomes)
    return Audit(flow.config.out, outcomes)


def announce(flow: Flow) -> None:
    """Say what is going to be audited before it takes time."""
    from datadoctor.flow.estimate import forecast

    listing, extractor, config = flow["listing"], flow["choice"].extractor, flow.config
    said = forecast(listing, extractor, flow["small_side"], flow["look"], config.cache, config.embeddings)
    flow.progress.say(said)


def write_run(flow: Flow, outcomes: Sequence[Outcome]) -> None:
    """Write the run directory: tables, then what is made of them: the relabel queue and, last, the report."""
    from datadoctor import report
    from datadoctor.relabel.queue import relabel_queue
    from datadoctor.run.writing import write_summary, write_tables, write_whole_csv

    run = write_tables(flow, outcomes)
    write_whole_csv(relabel_queue(run), run.path / "relabel.csv")
    with flow.clock.stage("report"):
        report.write(run, flow["reading"].thumbnails.get, run.path / "report.html")
    write_summary(flow, outcomes)


def select(config: Config) -> Sequence[str]:
    """The names of the checks to run, sorted."""
    known = checks.names()
    for name in (*config.select, *config.ignore):
        if name not in known:
            raise DataDoctorError(f"unknown check '{name}'{nearest(name, known)}; the checks are: {', '.join(known)}")
    return [name for name in known if name in (config.select or known) and name not in config.ignore]


def run_check(name: str, flow: Flow) -> Outcome:
    """What one check found; or why it could not judge this dataset; or how it broke."""
    import traceback

    found = checks.load(name)
    try:
        needs = {need: flow[need] for need in found.needs}
        return Ran(name, tuple(found.find(**needs)))
    except NotAvailableError as error:
        return Skipped(name, str(error), applicable=not isinstance(error, NotApplicableError))
    except DataDoctorError:
        raise
    except Exception as error:
        # A machine that is out of memory or disk breaks whatever comes next, too.
        fault = fault_of(error)
        if fault:
            raise fault from error
        # FAISS turns Ctrl-C into an error of its own.
        if "computation interrupted" in str(error):
            raise KeyboardInterrupt from error
        # One broken check must neither hide nor stop the others.
        flow.notices.append("".join(traceback.format_exception(error)))
        return Failed(name, f"{type(error).__name__}: {error}")
