"""The rules of the house, as tests."""

import subprocess
import sys
from pathlib import Path

import pytest

from datadoctor import checks

ROOT = Path(__file__).parent.parent
HEAVY = ("torch", "torchvision", "faiss", "sklearn", "pandas", "cleanlab", "cv2", "scipy", "jinja2", "pyarrow", "PIL")


@pytest.mark.parametrize("arguments", [["--help"], ["audit", "--help"], ["--version"], ["stages"]])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys\nfrom datadoctor.cli import main\n"
        f"try: main({arguments!r})\nexcept SystemExit: pass\n"
        f"print('LOADED', [name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "LOADED []"


def test_every_check_is_explained_and_has_a_test() -> None:
    for name in checks.names():
        found = checks.load(name)
        assert found.name == name
        assert len(found.explanation) > 40, name
        assert (ROOT / "tests" / "checks" / f"test_{name.replace('-', '_')}.py").is_file(), f"no test for {name}"


def test_no_template_marks_text_as_safe() -> None:
    for template in (ROOT / "templates").rglob("*"):
        if template.is_file():
            text = template.read_text(encoding="utf-8")
            assert "autoescape false" not in text, template


def test_importing_the_package_touches_no_file_and_no_network(tmp_path: Path) -> None:
    code = "import datadoctor, os; assert not os.listdir('.'), os.listdir('.')"
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env={"HOME": str(tmp_path), "PATH": ""}, check=True)
    assert list(tmp_path.iterdir()) == []
