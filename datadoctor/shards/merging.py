"""What a merge takes from shards besides their arrays: the settings, and that the dataset is still the one that they were made of."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from datadoctor.config import Config, load, runs_code
from datadoctor.errors import DataDoctorError
from datadoctor.shards.agreement import difference
from datadoctor.shards.document import OF_THE_MACHINE, Origin
from datadoctor.shards.making import origin_of
from datadoctor.stages.reading import said

if TYPE_CHECKING:
    from datadoctor.flow import Flow
    from datadoctor.shards.gathering import Shards


def settings(folder: Path, origin: Origin, overrides: Mapping[str, object]) -> Config:
    """The settings of the shards but for ``overrides``, by name.

    Raises ``DataDoctorError`` where their model is code and ``overrides`` do not name it too: no file may name code to run.
    """
    if wrong := sorted(overrides.keys() - {*OF_THE_MACHINE, "model"}):
        raise DataDoctorError(
            f"{', '.join(wrong)}: not for a merge, whose settings are those of the shards: leave it out"
        )
    known = {name: value for name, value in origin.settings.items() if name in Config.__dataclass_fields__}
    model = str(known.get("model", ""))
    if runs_code(model) and load(None, {"model": overrides.get("model")}, search=False).model != model:
        raise DataDoctorError(
            f"{folder}: the shards were made with model {model!r}, which is code; name it with --model"
        )
    return load(None, known | {name: value for name, value in overrides.items() if value is not None}, search=False)


def check_origin(flow: Flow, folder: Path, shards: Shards) -> None:
    """Raise ``DataDoctorError`` where the source, or what looks at it, is no longer what it was; say what else is to be known."""
    now = origin_of(flow)
    if now != shards.origin:
        raise DataDoctorError(
            f"{folder}: the shards are {difference(shards.origin, now)}, as it is now; make them again, or put things back"
        )
    if len(shards.arithmetics) > 1:
        flow.notice(
            "the shards were embedded by different kinds of processors or versions of libraries: their vectors agree but for "
            "rounding, and so the findings may differ in few places from those of one machine"
        )


def tell(flow: Flow) -> None:
    """Say of the joined images what an audit says when it has read them."""
    said.of_images(flow["images"], flow.notice)
