"""The verdict as JUnit XML: one test case a check, so that any CI shows it as it shows tests."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from datadoctor.gate.formats import WORST, name, others, where
from datadoctor.gate.judge import Row, Verdict
from datadoctor.gate.state import Incomplete

# Everything that XML 1.0 does not allow in a text.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(verdict: Verdict) -> str:
    """Blocking checks fail, advisory ones over budget are skipped, those that could not judge are errors."""
    silent = {one.check: one for one in verdict.incomplete}
    suite = ET.Element("testsuite", name="datadoctor gate")
    cases = [_case(suite, row, silent.get(row.check), row.check in verdict.blind) for row in verdict.rows]
    suite.set("tests", str(len(cases)))
    for tag, total in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        suite.set(total, str(sum(case.find(tag) is not None for case in cases)))
    suites = ET.Element("testsuites")
    suites.append(suite)
    ET.indent(suites)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(suites, encoding="unicode")}\n'


def _case(suite: ET.Element, row: Row, silent: Incomplete | None, blind: bool) -> ET.Element:
    case = ET.SubElement(suite, "testcase", classname="datadoctor.gate", name=_allowed(name(row)))
    if row.over:
        message = f"{len(row.new):,} new, {row.budget:,} allowed"
        child = ET.SubElement(case, "failure" if row.blocks else "skipped", message=message)
        child.text = _allowed(
            "\n".join(f"{where(one)} {one.message}{others(one)} [{one.key}]" for one in row.new[:WORST])
        )
    elif silent:
        ET.SubElement(case, "error" if blind else "skipped", message=_allowed(f"{silent.status}: {silent.reason}"))
    return case


def _allowed(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
