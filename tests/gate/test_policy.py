from pathlib import Path

import pytest

from datadoctor.errors import DataDoctorError
from datadoctor.gate.policy import Level, Policy, Rule, read
from datadoctor.stages.duplicates.groups import SURE
from tests.gate.make import CHECKS

WHOLE = """\
# A comment that names max_new = 9
[tool.other]
mislabel = "nonsense"
[tool.datadoctor]
model = "resnet18"
[tool.datadoctor.gate]
profile = "strict"
[tool.datadoctor.gate.checks]
image-quality = "off"
mislabel = { level = "warn", max_new = 3, max_new_ratio = 0.02, min_confidence = 0.9 }
[[tool.datadoctor.gate.override]]
path = "test/*"
checks.mislabel = { max_new = 0 }
[[tool.datadoctor.gate.override]]
split = "val"
checks.mislabel = "off"
"""


def policy(folder: Path, text: str, name: str = "pyproject.toml", profile: str | None = None) -> Policy:
    (folder / name).write_text(text)
    return read(folder / name, CHECKS, profile)


def test_profile_rules_and_overrides_are_read(tmp_path: Path) -> None:
    found = policy(tmp_path, WHOLE)
    assert found.profile == "strict"
    assert found.rules["image-quality"].level is Level.OFF
    assert found.rules["split-leak"] == Rule(Level.ERROR)
    assert found.rules["mislabel"] == Rule(Level.WARN, 3, 0.02, 0.9)
    assert found.scope("mislabel", [("train/a.png", "train")]) == ("", found.rules["mislabel"])
    assert found.scope("mislabel", [("test/deep/a.png", "test")]) == ("test/*", Rule(Level.WARN, 0, 0.02, 0.9))
    assert found.scope("mislabel", [("test/a.png", "val")])[1].level is Level.OFF
    assert found.scope("split-leak", [("test/a.png", "val")])[0] == ""


@pytest.mark.parametrize(
    ("said", "level", "sure"),
    [
        ("{ max_new = 2 }", Level.ERROR, 0.9),
        ('"error"', Level.ERROR, 0.0),
        ('{ level = "error", sure = 0.95 }', Level.ERROR, 0.95),
        ("{ sure = 0 }", Level.ERROR, 0.0),
    ],
)
def test_who_gives_a_level_means_it_of_every_finding(tmp_path: Path, said: str, level: Level, sure: float) -> None:
    rule = policy(tmp_path, f"[tool.datadoctor.gate.checks]\nconflicting-duplicate = {said}\n").rules[
        "conflicting-duplicate"
    ]
    assert (rule.level, rule.sure) == (level, sure)


def test_the_policy_is_as_sure_as_the_check() -> None:
    assert read(None, CHECKS).rules["conflicting-duplicate"].sure == SURE


def test_the_flag_replaces_the_profile_and_keeps_the_rules(tmp_path: Path) -> None:
    found = policy(tmp_path, WHOLE, profile="advisory")
    assert found.rules["split-leak"].level is Level.WARN
    assert found.rules["image-quality"].level is Level.OFF


def test_datadoctor_toml_has_its_own_table(tmp_path: Path) -> None:
    assert policy(tmp_path, '[gate]\nprofile = "advisory"\n', "datadoctor.toml").profile == "advisory"
    assert policy(tmp_path, 'model = "resnet18"\n', "datadoctor.toml").profile == "recommended"


def test_without_a_file_the_profile_alone_holds() -> None:
    assert read(None, CHECKS).rules["mislabel"].level is Level.ERROR


@pytest.mark.parametrize(
    ("change", "line", "said"),
    [
        (('profile = "strict"', 'profile = "strikt"'), 7, "'strikt'"),
        (("profile = ", "profil = "), 7, "'profil'"),
        (('"off"\nmislabel', '"of"\nmislabel'), 9, "'of'"),
        (("image-quality", "image-qality"), 9, "unknown check 'image-qality'"),
        (("max_new = 3", "max_new = -3"), 10, "max_new -3"),
        (("max_new = 3", "max_new = 3.5"), 10, "max_new 3.5"),
        (("max_new = 3", "max_new = true"), 10, "max_new True"),
        (("min_confidence = 0.9", "min_confidence = 90"), 10, "min_confidence 90"),
        (("max_new_ratio", "max_ratio"), 10, "'max_ratio'"),
        (('level = "warn"', "level = 3"), 10, "level 3"),
        (("{ max_new = 0 }", "{ max_new = 'no' }"), 13, "max_new 'no'"),
        (('path = "test/*"', 'pth = "test/*"'), 12, "'pth'"),
        (('split = "val"\nchecks.mislabel', 'split = "val"\nchecks.mislable'), 16, "'mislable'"),
        (('split = "val"\n', ""), 14, "an override needs"),
        (('checks.mislabel = "off"', "checks = 3"), 16, "must be a table"),
    ],
)
def test_what_is_not_known_is_an_error_that_names_the_line(
    tmp_path: Path, change: tuple[str, str], line: int, said: str
) -> None:
    assert change[0] in WHOLE
    with pytest.raises(DataDoctorError) as raised:
        policy(tmp_path, WHOLE.replace(*change))
    assert f"pyproject.toml:{line}: " in str(raised.value)
    assert said in str(raised.value)
    assert raised.value.exit_code == 2


@pytest.mark.parametrize(
    "text", ["[tool.datadoctor]\ngate = 3\n", "tool = 3\n", "[tool.datadoctor.gate]\noverride = 3\n", "x = [\n"]
)
def test_a_file_of_another_shape_is_an_error(tmp_path: Path, text: str) -> None:
    with pytest.raises(DataDoctorError, match=r"pyproject\.toml"):
        policy(tmp_path, text)


@pytest.mark.parametrize(("rule", "changed", "budget"), [
    (Rule(), 100, 0), (Rule(max_new=4), 0, 4), (Rule(max_new_ratio=0.02), 100, 2), (Rule(max_new_ratio=0.29), 100, 29),
    (Rule(max_new=4, max_new_ratio=0.02), 100, 2), (Rule(max_new=1, max_new_ratio=0.02), 100, 1),
])  # fmt: skip
def test_budget(rule: Rule, changed: int, budget: int) -> None:
    assert rule.budget(changed) == budget
