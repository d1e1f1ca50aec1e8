"""Artifacts: computed once, on first use, each from those before it.

listing -> reading (images, embeddings) -> neighbours -> duplicates -> predictions -> confusion -> hierarchy -> label quality ->
class pairs -> class structure. A check names the artifacts it needs as its parameters; every ``stage`` of ``image_stages`` and
``class_stages`` is one.
"""

from __future__ import annotations

from datadoctor.stages.class_stages import ClassStages


class Artifacts(ClassStages):
    """The artifacts of one audit.

    ``made`` and ``failed`` hold what was asked for so far, ``notices`` what the user should be told beside the findings.
    """

    def thumbnail(self, digest: str) -> bytes | None:
        """The JPEG thumbnail of the image whose file has this digest."""
        return self.reading.thumbnails.get(digest)

    def announce(self) -> None:
        """Say what is going to be audited, and find what is wrong with a given hierarchy, before it takes time."""
        from datadoctor.stages.estimate import forecast

        _ = self.given_hierarchy
        self.progress.say(forecast(self.listing, self.choice.extractor, self.config.cache))
