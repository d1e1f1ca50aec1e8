"""The stages of the classes: who is predicted as what, the tree of that, wrong labels, and how the classes lie to each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datadoctor.errors import NotApplicableError, NotAvailableError
from datadoctor.stages.image_stages import TRAINED_HERE, ImageStages
from datadoctor.stages.stages import stage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from datadoctor.stages.class_pairs import ClassPairs
    from datadoctor.stages.class_structure import (
        ConfusionNetwork,
        Cut,
        Destinations,
        GroupMetrics,
        LevelAccuracy,
        Responses,
        Separability,
        TwoStage,
    )
    from datadoctor.stages.confusion import Confusion
    from datadoctor.stages.embeddings import Embeddings
    from datadoctor.stages.hierarchy import Hierarchy
    from datadoctor.stages.hierarchy.comparison import Agreement
    from datadoctor.stages.label_quality import LabelQuality
    from datadoctor.stages.label_quality.views import View
    from datadoctor.stages.predictions import Predictions

# The two-stage probe costs another probe and more; it is a comparison for the report, not a part of any judgement.
MOST_ITEMS_IN_TWO_STAGES = 10_000


class ClassStages(ImageStages):
    """Stages that look at labels and predictions."""

    @stage
    def predictions(self) -> Predictions:
        """Out-of-sample class probabilities: the user's, else those of a cross-validated probe on the embeddings."""
        if self.config.pred_probs:
            from datadoctor.stages.brought.orders import of_listing
            from datadoctor.stages.predictions import precomputed

            listed, small = of_listing(self.listing, self.dataset.listing_rows), self.reading.small
            return precomputed.read(self.config.pred_probs, listed, self.dataset.classes, small, self._notice)
        if self.config.model == TRAINED_HERE:
            return self.trained[0]
        return self._keep("predictions", lambda: self._probe(self.embeddings.vectors))

    @stage
    def trained(self) -> tuple[Predictions, ...]:
        """The same of a network trained here: as it was at the end, and over the epochs."""
        from datadoctor.stages.predictions.training import train

        def compute() -> tuple[Predictions, ...]:
            n_classes, seed = len(self.dataset.classes), self.config.seed
            small, labels, device = self.reading.small, self.dataset.labels, self.config.device
            made = train(small, labels, self._folds(), n_classes, seed=seed, device=device, progress=self.progress)
            return made.at_the_end, made.over_the_epochs

        return self._keep("trained", compute)

    @stage
    def own_predictions(self) -> Predictions | None:
        """Out-of-sample class probabilities of a probe on the second view."""
        view = self.own_filters
        return self._keep("own_predictions", lambda: self._probe(view.vectors)) if view else None

    @stage
    def further_predictions(self) -> tuple[Predictions, ...]:
        """The same of probes on the network's further views."""

        def compute() -> tuple[Predictions, ...]:
            return tuple(self._probe(view.vectors) for view in self.further_views)

        return self._keep("further_predictions", compute)

    def _probe(self, vectors: NDArray[np.float32] | NDArray[np.float16]) -> Predictions:
        from datadoctor.stages.predictions import probe

        labels, n_classes = self.dataset.labels, len(self.dataset.classes)
        device, progress = self.device, self.progress
        return probe.predict(vectors, labels, n_classes, self._folds(), device=device, progress=progress)

    def _folds(self) -> NDArray[np.int8]:
        from datadoctor.stages.predictions import folds

        if len(self.dataset.classes) < 2:
            raise NotAvailableError("fewer than two classes: there is nothing to confuse")
        return folds.assign(self.dataset.labels, self.groups, self.dataset.images.pixel_digests)

    @stage
    def confusion(self) -> Confusion:
        """Confident joint, transition matrix and soft confusion."""
        from datadoctor.stages.confusion import confident

        return confident.estimate(self.dataset.labels, self.predictions.probabilities)

    @stage
    def learnt_hierarchy(self) -> Hierarchy:
        """The hierarchy learnt from the confusions."""
        from datadoctor.stages.hierarchy import learnt

        dataset, seed = self.dataset, self.config.seed
        probabilities = self.predictions.probabilities
        return learnt.learn(self.confusion, dataset.labels, probabilities, dataset.classes, self.given_hierarchy, seed)

    @stage
    def hierarchy(self) -> Hierarchy:
        """The given hierarchy where there is one, else the learnt."""
        return self.given_hierarchy or self.learnt_hierarchy

    @stage
    def label_quality(self) -> LabelQuality:
        """How likely each given label is wrong."""
        from datadoctor.stages.label_quality.judge import judge

        def compute() -> LabelQuality:
            return judge(
                self.dataset.labels,
                self.dataset.classes,
                self._views(),
                neighbours=self.neighbours,
                groups=self.groups,
                hierarchy=self.hierarchy,
            )

        quality = self._keep("label_quality", compute)
        if self.config.audited is None:
            return quality
        from datadoctor.stages.label_quality.audit_answers import recalibrated

        return recalibrated(quality, self.dataset, self.config.audited)

    def _views(self) -> list[View]:
        from datadoctor.stages.label_quality.views import View, of_probe

        labels, device, progress = self.dataset.labels, self.device, self.progress
        own, theirs = self.own_filters, self.own_predictions
        if self.config.pred_probs:
            views = [View("given probabilities", self.predictions.probabilities)]
        elif self.config.model == TRAINED_HERE:
            names = ("trained network", "training dynamics")
            views = [View(name, seen.probabilities) for name, seen in zip(names, self.trained, strict=True)]
        else:
            vectors = self.embeddings.vectors
            name = "network" if self.choice.extractor or self.config.embeddings else "own filters"
            views = [of_probe(name, self.predictions, vectors, labels, device=device, progress=progress)]
            for seen, predicted in zip(self.further_views, self.further_predictions, strict=True):
                name = f"network ({seen.name})"
                views.append(of_probe(name, predicted, seen.vectors, labels, device=device, progress=progress))
        if own and theirs:
            views.append(of_probe("own filters", theirs, own.vectors, labels, device=device, progress=progress))
        return views

    @stage
    def class_pairs(self) -> ClassPairs:
        """Classes that are confused with each other, by all views fused."""
        from datadoctor.stages.class_pairs.find import find
        from datadoctor.stages.confusion.confident import estimate
        from datadoctor.stages.label_quality.fusion import fused

        try:
            quality = self.label_quality
        except NotAvailableError:
            quality = None

        def compute() -> ClassPairs:
            labels = self.dataset.labels
            seen = fused([view.probabilities for view in self._views()], labels)
            return find(labels, seen, estimate(labels, seen), self.hierarchy, quality)

        return self._keep("class_pairs", compute)

    @stage
    def group_metrics(self) -> GroupMetrics:
        """Recall, precision and confusions of every node of the tree."""
        from datadoctor.stages.class_structure.groups import group_metrics

        return group_metrics(self.hierarchy, self.confusion)

    @stage
    def level_accuracy(self) -> LevelAccuracy:
        """Accuracy of classes and of superclasses, beside chance."""
        from datadoctor.stages.class_structure.groups import level_accuracy

        return level_accuracy(self.hierarchy, self.confusion)

    @stage
    def cuts(self) -> tuple[Cut, ...]:
        """How well the groups of each cut of the tree are told apart, coarsest first."""
        from datadoctor.stages.class_structure.groups import cuts

        return cuts(self.hierarchy, self.confusion)

    @stage
    def network(self) -> ConfusionNetwork:
        """Confusions beyond chance, hubs and communities."""
        from datadoctor.stages.class_structure.network import confusion_network

        return confusion_network(self.confusion, self.config.seed)

    @stage
    def destinations(self) -> Destinations:
        """Where the items of each class go when it is left out."""
        from datadoctor.stages.class_structure.network import destinations

        return destinations(self.confusion)

    @stage
    def agreement(self) -> Agreement:
        """How well the learnt tree agrees with the given one."""
        from datadoctor.stages.hierarchy.comparison import agreement

        if self.given_hierarchy is None:
            raise NotApplicableError("no hierarchy was given to compare the learnt one with")
        return agreement(self.given_hierarchy, self.learnt_hierarchy, self.config.seed)

    @stage
    def separability(self) -> Separability:
        """How well each stage of the network tells the groups of each level of the tree apart."""
        from datadoctor.stages.class_structure.separability import separability

        return separability(self.dataset.labels, self._of_several_stages(), self.hierarchy)

    @stage
    def responses(self) -> tuple[Responses, ...]:
        """What the channels of each stage respond to."""
        from datadoctor.stages.class_structure.responses import responses

        return responses(self.dataset.labels, self._of_several_stages(), self.hierarchy)

    def _of_several_stages(self) -> Embeddings:
        if len(self.embeddings.stages) < 2:
            raise NotApplicableError(f"the embeddings ({self.embeddings.made_by}) do not come from stages of a network")
        return self.embeddings

    @stage
    def two_stage(self) -> TwoStage:
        """A probe for the superclass and one for the class within it, against the flat probe."""
        from datadoctor.stages.class_structure.two_stage import compare_two_stage

        if self.config.model == TRAINED_HERE:
            raise NotApplicableError("the predictions are those of a trained network, not of a probe")
        if len(self.dataset) > MOST_ITEMS_IN_TWO_STAGES:
            raise NotApplicableError(
                f"compared up to {MOST_ITEMS_IN_TWO_STAGES:,} images only, for it takes two more probes"
            )

        def compute() -> TwoStage:
            vectors, flat = self.embeddings.vectors, self.predictions
            return compare_two_stage(self.dataset.labels, vectors, flat, self.hierarchy, self.device)

        return self._keep("two_stage", compute)
