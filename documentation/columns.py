"""The reference of the files that a run leaves: every column of every table. A test compares it with the tables of a run."""

from __future__ import annotations

import inspect

from documentation.prose import markdown

IMAGE = {
    "path": "path below the source's root, with forward slashes",
    "split": "split as listed, '' for none",
    "given_label": "label as listed, several with bars between (`cat|dog`), '' for none",
    "suggested_label": "most probable class; the given one where that is the most probable; '' where not judged",
    "p_mislabel": "calibrated probability in [0, 1] that the given label is wrong; missing where not judged",
    "digest": "sha256 of the file's bytes, hexadecimal",
}
TABLES: dict[str, dict[str, str]] = {
    "findings": {
        "key": "32 hexadecimal digits of check, pixel digests and labels: survives shuffling, renaming and retraining",
        "check": "name of the check",
        "severity": "`error`, `warning` or `info`",
        "score": "in [0, 1], larger is worse; of a mislabel the probability that the label is wrong",
        "subjects": "JSON list of the images: `path`, pixel `digest`, `label`, `split`",
        "labels": "JSON list of the classes it is about",
        "message": "what was found, in words",
        "suggestion": "what to do about it",
        "evidence": "JSON object: the numbers behind the message",
    },
    "items": IMAGE
    | {
        "row": "row in the arrays of `artifacts/`; -1 for unreadable images",
        "group": "capture group as listed, '' for none",
        "mislabel_score": "in [0, 1], for ranking, larger is worse",
        "flagged": "whether `p_mislabel` is over the threshold of this run (`label_errors.threshold` in `summary.json`)",
        "kind": "of flagged images: `relabel`, `several objects`, `ambiguous pair`, `off-topic` or `unsure`; of several labels "
        "`extra label`, `missing label`, `extra and missing labels`",
        "self_confidence": "probability in [0, 1] of the given label by a model that did not see it",
        "neighbour_agreement": "in [0, 1]: weighted share of the nearest images with the same given label",
        "relation": "of given to suggested class in the hierarchy",
        "judged": "whether the label could be judged",
        "fold": "fold of the cross-validation, -1 for none",
        "pixel_digest": "sha256 of size, mode and decoded pixels: the same after lossless re-encoding",
        "width": "pixels, as displayed",
        "height": "pixels, as displayed",
        "mode": "colour mode in the file, as Pillow names them",
        "file_size": "bytes",
        "readable": "whether it could be decoded",
        "error": "why it could not, '' where it could",
        "warning": "what was unusual but readable",
        "location": "where it is listed, as `labels.csv:12`; '' for folders",
        "quality_highlight": "95th percentile of luma in [0, 1]: low is dark",
        "quality_shadow": "5th percentile of luma in [0, 1]: high is bright",
        "quality_contrast": "99th minus 1st percentile of luma in [0, 1]: low is little information",
        "quality_sharpness": "99.5th percentile of the absolute Laplacian over contrast: low is blurry",
        "quality_aspect": "longer over shorter side, 1 or more",
        "view_NAME": "probability in [0, 1] of the given label by one view: the network, `own filters`, `neighbours`",
    },
    "duplicates": {
        "path_a": "first image of a verified pair",
        "path_b": "second image",
        "kind": "`exact` (same bytes or same decoded pixels) or `near`",
        "score": "in [0, 1], larger is more alike; 1 for exact",
        "p_value": "how likely so close a pair is by chance; missing where not tested",
        "difference": "what differs, in words",
        "split_a": "split of the first",
        "split_b": "split of the second",
        "label_a": "given label of the first",
        "label_b": "given label of the second",
        "set_id": "number of the set that both belong to",
        "keep": "path of the image of that set to keep",
        "figure_inliers": "matches of features that agree on one transform",
        "figure_agreement": "their share of all matches, in [0, 1]",
        "figure_share": "their share of the features in the overlap that could be matched, in [0, 1]",
        "figure_followed": "share of the corners that are found again where one transform puts them, in [0, 1]",
        "figure_local": "mean correlation in [-1, 1] in small windows with texture",
        "figure_correlation": "correlation in [-1, 1] of the whole grey overlap",
        "figure_detail": "the same without broad light and dark areas",
        "figure_overlap_a": "share of the first image that the second shows, in [0, 1]",
        "figure_overlap_b": "share of the second that the first shows, in [0, 1]",
        "figure_scale": "magnification of the second",
        "figure_colour": "how far the colours differ",
        "figure_brightness": "how far the brightness differs",
        "figure_edited": "share of the overlap that was edited, in [0, 1]",
        "figure_q_value": "the p-value among those of all images (Benjamini-Hochberg); missing for exact",
    },
    "class_pairs": {
        "class_a": "first class",
        "class_b": "second class",
        "ambiguity": "in [0, 1]: how much the two are mixed up",
        "low": "lower end of its 95 % interval",
        "high": "upper end",
        "p_value": "against the configuration model of the confusion network",
        "significant": "after Benjamini-Hochberg, and both ways",
        "kind": "`near-synonym`, `subclass-of`, `co-occurring` or `fine-grained`; '' where not significant",
        "n_ab": "images given a that look like b",
        "n_ba": "images given b that look like a",
        "mislabel_share": "part of the confusion in [0, 1] that wrong labels explain",
        "relation": "of the two in the hierarchy",
        "action": "what to do, in words",
        "boundary_a": "JSON list of paths on the border, given a",
        "boundary_b": "JSON list of paths on the border, given b",
    },
    "relabel": IMAGE
    | {
        "key": "key of the finding",
        "priority": "from 1, by expected errors fixed per look",
        "reason": "message of the finding",
        "decision": "for the answer: `keep`, `relabel`, `exclude`, `ambiguous` or `skip`",
        "new_label": "for the answer, where the decision is `relabel`",
        "reviewer": "for the answer: who gave it",
        "note": "for the answer: anything",
    },
}
SUMMARY = {
    "schema": "`datadoctor/summary@1`",
    "source": "folder that was audited",
    "created_with": "program and version",
    "dataset": "images, readable, unreadable and labelled ones, classes with counts, splits, what was understood and left out",
    "checks": "of each check: status (`ran`, `skipped`, `failed`), reason, number of findings, title",
    "reading": "how many images were decoded and embedded in this run, and how they were made visible",
    "label_errors": "judged, flagged, estimated share of wrong labels with interval, threshold, what cannot be judged, choices",
    "duplicates": "exact and near pairs, sets, share of planted copies found again by transform",
    "split_leakage": "pairs between splits; null without splits",
    "model": "what the images were seen through, and the sha256 of its weights",
    "index": "how nearest neighbours were found, and with which recall",
    "hierarchy": "where the class tree is from, its nodes and superclasses",
    "notices": "what was said beside the findings",
    "versions": "of datadoctor, Python and the libraries",
    "settings": "every setting of the audit",
    "stages": "of each stage: seconds, peak memory, bytes kept, whether it was kept from before",
}
FILES = {"findings": "findings.parquet, findings.csv", "relabel": "relabel.csv"}


def page() -> str:
    """All files and columns."""
    from datadoctor import run

    head, _, more = (inspect.getdoc(run) or "").partition("\n")
    lines = ["# Files and columns", "", markdown_tables(f"{head}\n{more}"), ""]
    for name, columns in TABLES.items():
        lines += [f"## {FILES.get(name, f'{name}.parquet')}", "", "| column | content |", "|---|---|"]
        lines += [f"| `{column}` | {text} |" for column, text in columns.items()]
        lines.append("")
    lines += ["## summary.json", "", "| key | content |", "|---|---|"]
    lines += [f"| `{key}` | {text} |" for key, text in SUMMARY.items()]
    return "\n".join(lines) + "\n"


def markdown_tables(text: str) -> str:
    """A docstring that holds a table: its lines as they are, its text kept from HTML."""
    return "\n".join(line if line.startswith("|") else markdown(line) for line in text.replace("``", "`").splitlines())
