"""The flow as code: list, read, embed, judge, check, write."""

from __future__ import annotations

from collections.abc import Sequence
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

INCOMPLETE = 3
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
    **settings: Any,
) -> Audit:
    """Audit the dataset at the path ``source``; ``settings`` are the fields of ``datadoctor.config.Config``.

    ``audit("photos/", model="resnet18", out="report")`` is ``datadoctor audit photos/ --model resnet18 --out report``, except that
    no settings file is read.

    In memory: ``source`` is a data set of torch or torchvision, a DataFrame (a column of images or paths, one of labels), or a
    Dataset or DatasetDict of Hugging Face; or ``images`` are given, n of them: PIL images, arrays (h, w) or (h, w, c) uint8, tensors
    (c, h, w) of 0 to 1, bytes or paths of files. ``labels``, ``splits``, ``groups`` and ``names`` are as long; a label of None is
    none, a list of labels (or of 0 and 1 for each of the ``classes``) is several. ``classes``: the names of labels that are numbers.

    Raises ``DataDoctorError`` for a dataset or setting that cannot be used.
    """
    unknown = settings.keys() - Config.__dataclass_fields__.keys()
    if unknown:
        raise DataDoctorError(f"unknown settings: {', '.join(sorted(unknown))}")
    config = load(None, settings, search=False)
    if (source is None) == (images is None):
        raise DataDoctorError("nothing to audit, or two things: give a path or a data set, or images=")
    if isinstance(source, str | Path):
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

    ``listing``: of what lies at no path; ``source`` is then what it is called.
    """
    from datadoctor.flow import Flow

    check_utf8(source)
    for file in (*config.manifest, *filter(None, (getattr(config, name) for name in INPUTS))):
        check_file_can_be_read(file)
    for folder in filter(None, (config.out, config.cache)):
        check_folder_can_be_written(folder)
    selected = select(config)
    machine.ask_for(config.workers)
    flow = Flow(source, config, progress, {"listing": listing} if listing else None)
    if listing:
        progress.say(listing.sentence())
    announce(flow)
    outcomes = tuple(run_check(name, flow) for name in selected)
    write_run(flow, outcomes)
    return Audit(config.out, outcomes)


def announce(flow: Flow) -> None:
    """Say what is going to be audited, and find what is wrong with a given hierarchy, before it takes time."""
    from datadoctor.flow.estimate import forecast

    _ = flow["given_hierarchy"]
    flow.progress.say(
        forecast(flow["listing"], flow["choice"].extractor, flow["small_side"], flow["look"], flow.config.cache)
    )


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
