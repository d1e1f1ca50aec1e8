"""As many threads as processors that are really there, and they sleep while they wait."""

import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

from datadoctor import machine


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, math.inf),
        ({"cpu.max": "max 100000\n"}, math.inf),
        ({"cpu.max": "150000 100000\n"}, 1.5),
        ({"cpu.max": "20000 100000\n"}, 0.2),
        ({"cpu/cpu.cfs_quota_us": "300000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 3.0),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, math.inf),
        ({"cpu.max": "damaged"}, math.inf),
    ],
)
def test_the_quota_of_a_container(files: dict[str, str], expected: float, tmp_path: Path) -> None:
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    assert machine.quota(tmp_path) == expected


@pytest.mark.parametrize(("quota", "expected"), [(0.2, 1), (1.0, 1), (1e9, None), (math.inf, None)])
def test_processors_are_those_allowed_and_paid_for(
    quota: float, expected: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "quota", lambda cgroup: quota)
    assert machine.processors() == (expected or len(os.sched_getaffinity(0)))


def test_the_users_environment_is_left_alone() -> None:
    program = "from datadoctor import machine; machine.share(); import os; e = os.environ; "
    program += "print(e['OMP_NUM_THREADS'], e['OMP_WAIT_POLICY'])"
    environment = {**os.environ, "OMP_NUM_THREADS": "7"}
    environment.pop("OMP_WAIT_POLICY", None)
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["7", "PASSIVE"]
