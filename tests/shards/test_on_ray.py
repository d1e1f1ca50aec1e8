"""An audit on a Ray cluster of two nodes: the findings of one machine, also where a node dies; and what lacks is said."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import datadoctor
from datadoctor.errors import IncompleteError
from datadoctor.shards import on_ray
from tests.run.whole import called, pictures
from tests.shards.test_shards import NETWORK, same


def test_what_lacks_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    pictures(tmp_path / "images")
    with pytest.raises(IncompleteError, match=r"pip install 'datadoctor\[ray\]'"):
        datadoctor.audit(tmp_path / "images", engine="ray", model="filters", out=tmp_path / "run")
    ended = called(["audit", str(tmp_path / "images"), "--engine", "ray", "--out", str(tmp_path / "run")])
    assert ended.code == 3


@pytest.fixture
def cluster() -> Iterator[Any]:
    kind: Any = pytest.importorskip("ray.cluster_utils", reason="Ray is not installed").Cluster
    made = kind(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    made.add_node(num_cpus=1)
    made.wait_for_nodes()
    yield made
    made.shutdown()


@pytest.mark.slow
def test_the_findings_are_those_of_one_machine_also_where_a_node_dies(
    cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "network.py").write_text(NETWORK)
    pictures(tmp_path / "images")
    model = ["--model", f"python/{tmp_path / 'network.py'}:small", "--select", "near-duplicate,image-quality"]
    call = ["audit", str(tmp_path / "images"), *model, "--cache", str(tmp_path / "cache")]
    assert called([*call, "--out", str(tmp_path / "one")]).code == 0
    monkeypatch.setattr(on_ray, "IMAGES_A_SHARD", 5)
    shards = tmp_path / "run/shards"

    def kill() -> None:
        while not list(shards.glob("*/shard.json")):
            time.sleep(0.05)
        cluster.remove_node(cluster.worker_nodes.copy().pop(), allow_graceful=False)

    killer = threading.Thread(target=kill)
    killer.start()
    ended = called([*call, "--out", str(tmp_path / "run"), "--engine", "ray", "--address", cluster.address])
    killer.join()
    assert ended.code == 0, ended
    assert len(list(shards.glob("*/shard.json"))) == 10
    same(tmp_path / "one", tmp_path / "run")
    # A driver that is started again finds all shards whole.
    before = {file: file.stat().st_mtime_ns for file in shards.glob("*/shard.json")}
    assert called([*call, "--out", str(tmp_path / "run"), "--engine", "ray", "--address", cluster.address]).code == 0
    assert {file: file.stat().st_mtime_ns for file in shards.glob("*/shard.json")} == before
