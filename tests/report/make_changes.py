"""What ``datadoctor changes`` writes into a run: some of everything the overview shows of it."""

from pathlib import Path

from datadoctor.comparison.changes import Change, Changes, Rate, Tally
from datadoctor.comparison.changes.answers import Doubted
from datadoctor.comparison.changes.formats import rendered
from datadoctor.run import CHANGES_FILE, Run


def write_changes(folder: Path) -> list[str]:
    """Write changes.json beside the tables of a run; returns the paths that are called new, then the one doubted."""
    paths = Run(folder).items["path"].tolist()[:7]
    come = [
        Change("mislabel", "a" * 32, ("x",), (path,), "Given x; and more.", 0.9, "relabelled") for path in paths[:6]
    ]
    changes = Changes(
        old="runs/before",
        new=str(folder),
        by_check=(Tally("mislabel", 12, 3, 40, 2, 6), Tally("near-duplicate", 0, 1, 2, 0, 0)),
        by_class=(),
        classes=(),
        fixed=(),
        gone=(),
        come=tuple(come),
        rates=(Rate(0.1, 0.05, 0.2), Rate(0.04, 0.02, 0.06)),
        relabelled=11,
        removed=1,
        added=0,
        answered=14,
        doubted=(Doubted(paths[6], "keep", "mara", "x", "y", 0.83, "b" * 32),),
        excluded_but_there=(),
        remarks=("the runs were made by different models",),
    )
    (folder / CHANGES_FILE).write_bytes(rendered(changes, "json").encode("utf-8", "surrogatepass"))
    return paths
