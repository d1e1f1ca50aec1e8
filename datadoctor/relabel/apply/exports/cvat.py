"""CVAT's export 'CVAT for images 1.1': tags of images, with the decision as an attribute."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree

from datadoctor.errors import DataDoctorError
from datadoctor.files import regular
from datadoctor.relabel.apply.exports import Answer

NAME = re.compile(r"0*(\d+)__")
UNDECIDED = "undecided"


def answers(file: Path) -> Iterator[Answer]:
    """One answer a tag."""
    try:
        root = ElementTree.parse(regular(file)).getroot()  # noqa: S314 - expat limits the expansion of entities
    except OSError as error:
        raise DataDoctorError(f"{file}: cannot read the export: {error.strerror}; check the path") from error
    except (ElementTree.ParseError, LookupError, ValueError) as error:
        raise DataDoctorError(f"{file}: not valid XML: {error}; export it again") from error
    reviewer = root.findtext("meta/task/assignee/username") or ""
    for image in root.iter("image"):
        name = image.get("name", "")
        match = NAME.match(PurePosixPath(name).name)
        if match is None:
            raise DataDoctorError(
                f"{file}: image '{name}' is not one of a queue; export the task that has the queue's images"
            )
        for tag in image.iter("tag"):
            said = {one.get("name"): one.text or "" for one in tag.iter("attribute")}
            decision = said.get("decision", "")
            yield Answer(
                where=f"{file}: image {name}",
                priority=match[1],
                label=tag.get("label", ""),
                decision="" if decision == UNDECIDED else decision,
                reviewer=reviewer,
                preset=True,
                scope=said.get("scope", ""),
            )
