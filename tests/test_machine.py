"""Processors and memory as containers of both control group versions limit them."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from datadoctor import machine

GIB = 2**30


@pytest.fixture
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A machine of 64 processors and 256 GiB with the control groups below the folder."""
    monkeypatch.setattr(machine, "_CGROUPS", tmp_path / "cgroup")
    monkeypatch.setattr(machine, "_OWN_GROUPS", tmp_path / "own")
    monkeypatch.setattr(machine, "_installed", lambda: 256 * GIB)
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(64)), raising=False)
    monkeypatch.setattr(resource, "getrlimit", lambda which: (resource.RLIM_INFINITY,) * 2)
    machine.processors.cache_clear()
    machine.memory.cache_clear()
    yield tmp_path
    machine.processors.cache_clear()
    machine.memory.cache_clear()
    machine.ask_for(0)


def write(folder: Path, own: str, **files: str) -> None:
    (folder / "own").write_text(own)
    for name, text in files.items():
        file = folder / "cgroup" / name.replace("__", "/").replace("DOT", ".")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text + "\n")


@pytest.mark.parametrize(
    ("own", "files", "processors", "memory"),
    [
        ("0::/\n", {"cpuDOTmax": "max 100000", "memoryDOTmax": "max"}, 64, 256 * GIB),
        ("0::/\n", {"cpuDOTmax": "200000 100000", "memoryDOTmax": str(4 * GIB)}, 2, 4 * GIB),
        ("0::/\n", {"cpuDOTmax": "50000 100000"}, 1, 256 * GIB),
        # The limit is that of a group above the own one.
        ("0::/a/b\n", {"a__cpuDOTmax": "300000 100000", "a__memoryDOTmax": str(GIB), "a__b__memoryDOTmax": "max"}, 3, GIB),
        # Version 1, seen from inside the container: the host's path is not there.
        (
            "3:cpu,cpuacct:/docker/x\n2:memory:/docker/x\n",
            {"cpu,cpuacct__cpuDOTcfs_quota_us": "150000", "cpu,cpuacct__cpuDOTcfs_period_us": "100000",
             "memory__memoryDOTlimit_in_bytes": str(2 * GIB)},
            2, 2 * GIB,
        ),
        (
            "3:cpu,cpuacct:/x\n2:memory:/x\n",
            {"cpu__x__cpuDOTcfs_quota_us": "-1", "cpu__x__cpuDOTcfs_period_us": "100000",
             "memory__x__memoryDOTlimit_in_bytes": "9223372036854771712"},
            64, 256 * GIB,
        ),
        ("", {}, 64, 256 * GIB),
    ],
)  # fmt: skip
def test_limits_of_containers(fresh: Path, own: str, files: dict[str, str], processors: int, memory: int) -> None:
    write(fresh, own, **files)
    assert (machine.processors(), machine.memory()) == (processors, memory)


def test_affinity_and_process_limits_count_too(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(fresh, "0::/\n", cpuDOTmax="400000 100000", memoryDOTmax=str(8 * GIB))
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {3, 5})
    monkeypatch.setattr(resource, "getrlimit", lambda which: (3 * GIB, 3 * GIB))
    assert (machine.processors(), machine.memory()) == (2, 3 * GIB)


def test_no_control_groups_at_all(fresh: Path) -> None:
    assert machine.workers() == 32
    machine.ask_for(5)
    assert machine.workers() == 5


@pytest.mark.parametrize(("limit", "most"), [(256 * GIB, 192e6), (4 * GIB, 4 * GIB / 32), (GIB // 8, 16e6)])
def test_less_memory_decodes_fewer_pixels_at_once(fresh: Path, limit: int, most: float) -> None:
    write(fresh, "0::/\n", memoryDOTmax=str(limit))
    assert machine.pixels_at_once() == pytest.approx(most, rel=0.01)


def test_this_machine_says_something_sensible() -> None:
    assert 1 <= machine.processors() <= (os.cpu_count() or 1)
    assert 10**8 < machine.memory() <= os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    assert 10**6 < machine.used_memory() <= machine.peak_memory() * 1.1


def test_the_users_environment_is_left_alone() -> None:
    program = "from datadoctor import machine; machine.share(); import os; e = os.environ; "
    program += "print(e['OMP_NUM_THREADS'], e['OMP_WAIT_POLICY'], e['OPENBLAS_NUM_THREADS'])"
    environment = {**os.environ, "OMP_NUM_THREADS": "7"}
    environment.pop("OMP_WAIT_POLICY", None)
    environment.pop("OPENBLAS_NUM_THREADS", None)
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["7", "PASSIVE", "1"]


def test_large_products_run_on_all_threads() -> None:
    program = "from datadoctor import machine; machine.share(); import numpy; from threadpoolctl import threadpool_info as i\n"
    program += "n = lambda: [one['num_threads'] for one in i() if one['user_api'] == 'blas']\n"
    program += "print(set(n()), end=' ')\nmachine.ask_for(3)\nwith machine.large_products(): print(set(n()), end=' ')\nprint(set(n()))"
    environment = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["{1}", "{3}", "{1}"]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the C library returns memory by itself")
def test_memory_that_is_free_goes_back() -> None:
    program = "from datadoctor import machine; kept = [b'x' * 50_000 for _ in range(4000)]; last = b'y' * 50_000; kept.clear()\n"
    program += "before = machine.used_memory(); machine.give_back(); print(before - machine.used_memory())"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert int(done.stdout) > 100e6
