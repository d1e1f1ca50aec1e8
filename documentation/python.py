"""The reference of the public Python names: what to show of which module; the text is that of the docstrings."""

from __future__ import annotations

SHOWN = {
    "Audit": (
        "datadoctor.audit.audit",
        "datadoctor.audit.merge",
        "datadoctor.audit.Audit",
        "datadoctor.run.Run",
        "datadoctor.config.Config",
    ),
    "Maps": ("datadoctor.run.maps.maps", "datadoctor.run.maps.Maps", "datadoctor.stages.evidence.StageEvidence"),
    "What can go wrong": (
        "datadoctor.errors.DataDoctorError",
        "datadoctor.errors.IncompleteError",
        "datadoctor.errors.NotAvailableError",
        "datadoctor.errors.NotApplicableError",
    ),
    "Progress": ("datadoctor.progress.Progress", "datadoctor.progress.Silent", "datadoctor.progress.for_stream"),
    "Findings": (
        "datadoctor.findings.Finding",
        "datadoctor.findings.ItemRef",
        "datadoctor.findings.Severity",
        "datadoctor.findings.Ran",
        "datadoctor.findings.Skipped",
        "datadoctor.findings.Failed",
    ),
    "Your own checks, stages and sources": (
        "datadoctor.checks.check",
        "datadoctor.checks.item",
        "datadoctor.stages.stage",
        "datadoctor.stages.fit",
        "datadoctor.sources.source",
        "datadoctor.sources.Listing",
        "datadoctor.stages.dataset.Dataset",
        "datadoctor.stages.dataset.Images",
    ),
}
HEAD = """# Python

`import datadoctor` brings `audit`, `Audit`, `DataDoctorError` and `__version__`; the other names are imported from where they stand.
Names that are not on this page may change between any two versions.
"""


def page() -> str:
    """Directives that mkdocstrings replaces by the docstrings of these names."""
    lines = [HEAD]
    for title, names in SHOWN.items():
        lines += [f"## {title}", "", *map(_directive, names)]
    return "\n".join(lines)


def _directive(name: str) -> str:
    # Settings speak for themselves, and each is explained as a flag.
    fields = ", show_if_no_docstring: true" if name.endswith(".Config") else ""
    return f"::: {name}\n    options: {{heading_level: 3{fields}}}\n"
