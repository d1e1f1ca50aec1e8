"""The answers of an audit by hand, as a CSV of true labels, and what they change."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from datadoctor.errors import DataDoctorError
from datadoctor.stages.dataset import Dataset
from datadoctor.stages.label_quality import LabelQuality
from datadoctor.stages.label_quality.audit_sample import recalibrate
from datadoctor.tables import read_table


def recalibrated(quality: LabelQuality, dataset: Dataset, answers: Path) -> LabelQuality:
    """``quality`` as the filled-in sample in ``answers`` says: columns ``path``, ``given_label``, ``true_label``; empty ones do not count.

    Raises ``DataDoctorError`` for a file without these columns or answers, unknown paths, and labels that changed since the sample.
    """
    row_of = {path: row for row, path in enumerate(dataset.paths)}
    number_of = {name: number for number, name in enumerate(dataset.classes)}
    rows, wrong, true = [], [], []
    table = read_table(answers, "answers").whole()
    needed = "it needs the columns path, given_label and true_label, as `audit-sample` wrote them"
    table.needs("path", "given_label", "true_label", advice=needed)
    for number, answer in table.rows():
        row = row_of.get(answer["path"])
        if row is None:
            raise DataDoctorError(
                f"{answers}:{number}: {answer['path']!r} is not an image of this dataset; draw a sample from this run"
            )
        if dataset.label_name(row) != answer["given_label"]:
            raise DataDoctorError(
                f"{answers}:{number}: {answer['path']!r} is labelled {dataset.label_name(row)!r} now; draw a new sample"
            )
        if answer["true_label"]:
            rows.append(row)
            wrong.append(answer["true_label"] != answer["given_label"])
            true.append(number_of.get(answer["true_label"]))
    if not rows:
        raise DataDoctorError(f"{answers}: no answers; fill in the column true_label")
    after = recalibrate(quality, dataset.labels, np.array(rows, dtype=np.int64), np.array(wrong))
    for row, label in zip(rows, true, strict=True):
        # What the reviewer says is suggested, unless it is a class that the dataset does not have.
        if label is not None:
            after.suggested[row] = label
    return after
