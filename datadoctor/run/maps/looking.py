"""Looks again at an image of a run, with the eyes and the probes of then."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from datadoctor.config import runs_code
from datadoctor.errors import DataDoctorError, IncompleteError, NotAvailableError
from datadoctor.progress import Silent
from datadoctor.run import Run
from datadoctor.run.explanation import item_of
from datadoctor.run.maps import Maps
from datadoctor.run.originals import MEMORY, originals, settings_of

if TYPE_CHECKING:
    from datadoctor.stages.evidence.looking import SecondLook
    from datadoctor.stages.label_quality import LabelQuality

# Stages of which the run kept the value.
KEPT = ("label_judgement", "filters", "serving")


class Looker:
    """Makes maps of the images of a run; raises ``IncompleteError`` where it cannot, with the reason and what to do."""

    def __init__(self, run: Run) -> None:
        settings = run.summary["settings"]
        brought = next((name for name in ("embeddings", "pred_probs") if settings.get(name)), None)
        if brought:
            what = {"embeddings": "embeddings", "pred_probs": "probabilities"}[brought]
            raise IncompleteError(f"{run.path}: no maps: the {what} were brought, and do not say where they look")
        if runs_code(settings["model"]):
            raise IncompleteError(
                f"{run.path}: no maps: seen through code, {settings['model']}, which only an audit runs"
            )
        if not run.summary["label_errors"]:
            raise IncompleteError(f"{run.path}: no maps: labels were not judged")
        self.run = run
        self._original = originals(run)

    def maps(self, path: str) -> Maps:
        """The maps of one image. Raises ``DataDoctorError`` for an image that the run does not have."""
        item = item_of(self.run, path)
        if not item["judged"]:
            raise IncompleteError(f"{path}: no maps: its label was not judged")
        try:
            return self._maps(path, item)
        except (IndexError, KeyError, TypeError, ValueError, AssertionError) as error:
            where = self.run.path / "artifacts" / "stages"
            raise DataDoctorError(f"{where}: not as an audit wrote it: run the audit again") from error

    def _maps(self, path: str, item: Mapping[str, Any]) -> Maps:
        from datadoctor.stages.evidence.looking import Asked

        classes = list(self.run.summary["dataset"]["class_counts"])
        given = classes.index(item["given_label"])
        other = self._other(int(item["row"]), given, classes.index(item["suggested_label"]))
        asked = Asked(self._original(path), item["digest"], int(item["fold"]), (given, other))
        found = next(iter(self.second_look.at([asked])), None)
        if found is None:
            raise IncompleteError(f"{path}: no maps: the image is gone, or changed since {self.run.path} was made")
        maps, elsewhere = self.second_look.spreader.pooled(found[1], asked.fold, asked.classes)
        called = self.run.called
        return Maps(
            path, called(classes[given]), called(classes[other]), self._image(asked), maps[0], maps[1],
            (float(elsewhere[0]), float(elsewhere[1])), tuple(found[1]), dict(self.second_look.spreader.weights),
            self.second_look.spreader.share, self.second_look.spreader.without,
        )  # fmt: skip

    def _other(self, row: int, given: int, suggested: int) -> int:
        """The class to hold the given one against: the suggested, or where that is the given one the next most probable."""
        if suggested != given:
            return suggested
        belief = np.array(self._quality.posterior[row])
        belief[given] = -1
        return int(belief.argmax())

    def _image(self, asked: Any) -> np.ndarray[Any, np.dtype[np.uint8]]:
        from datadoctor.sources.originals import box_of, content_of
        from datadoctor.stages.reading.images import shown

        return np.asarray(shown(content_of(asked.file), self.shown_by, 0, box_of(asked.file)))

    @cached_property
    def shown_by(self) -> Any:
        """How the audit made its images visible: a ``Look``."""
        from datadoctor.stages.dataset import look

        return look.of_summary(self.run.summary["reading"].get("look", {}))

    @cached_property
    def _kept(self) -> dict[str, Any]:
        from datadoctor.flow.keeping import Keeper
        from datadoctor.stages import every

        keeper = Keeper(self.run.path / "artifacts" / "stages")
        found = {name: keeper.latest(name, every()[name].returns) for name in KEPT}
        if any(value is None for value in found.values()) or not found["label_judgement"].probes:
            raise IncompleteError(f"{self.run.path}: no maps: made before maps were; run the audit again")
        return found

    @property
    def _quality(self) -> LabelQuality:
        quality: LabelQuality = self._kept["label_judgement"]
        return quality

    @cached_property
    def second_look(self) -> SecondLook:
        """The eyes and the probes of the audit."""
        from datadoctor.flow import Flow

        source = Path(self.run.summary["source"])
        if self.run.summary["dataset"].get("format") == MEMORY or not source.exists():
            raise IncompleteError(f"{source}: no maps: the images are not here")
        flow = Flow(source, settings_of(self.run, out=self.run.path), Silent(), {**self._kept, "look": self.shown_by})
        extractor = flow["choice"].extractor
        before = self.run.summary["model"]["embeddings"]
        if extractor and not before.startswith(extractor.made_by):
            raise IncompleteError(
                f"{self.run.path}: no maps: it was seen through {before}, here is {extractor.made_by}"
            )
        try:
            found: SecondLook = flow["second_look"]
        except NotAvailableError as error:
            raise IncompleteError(f"{self.run.path}: no maps: {error}") from error
        return found
