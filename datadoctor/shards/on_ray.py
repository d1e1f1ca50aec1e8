"""Shards made by the workers of a Ray cluster: another way to run `datadoctor audit --shard`, and so the same findings.

A worker process keeps what looks at the images from one shard to the next. Ray gives the shards of a node that dies to others; what
was whole stays whole, since it lies on the disk that all nodes see. A driver that died continues in the same way.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datadoctor import machine, plugins
from datadoctor.errors import DataDoctorError, IncompleteError
from datadoctor.progress import Silent
from datadoctor.shards import Share
from datadoctor.shards.document import FILE

if TYPE_CHECKING:
    from datadoctor.config import Config
    from datadoctor.flow import Flow

FOLDER = "shards"
# About a minute of a processor: a node that dies costs no more than that. It must not depend on the cluster, or a second start
# could not go on with the shards of the first.
IMAGES_A_SHARD = 2_000
# Of a task; a node with fewer gives what it has.
PROCESSORS = 2
# What looks at the images, by source and settings, in a worker.
_eyes: dict[str, Mapping[str, Any]] = {}


def make_all(flow: Flow, address: str | None) -> Path:
    """Make all shards of the flow's dataset below its run directory; returns their folder.

    ``address``: of a cluster that runs, None for one of this machine alone. Raises ``DataDoctorError`` as ``making.make`` does, and
    ``IncompleteError`` where Ray is not installed or gives up.
    """
    ray = _installed()
    n, folder = len(flow["listing"]), (flow.config.out / FOLDER).absolute()
    shares = [Share(number + 1, max(1, -(-n // IMAGES_A_SHARD))) for number in range(max(1, -(-n // IMAGES_A_SHARD)))]
    with _cluster(ray, address):
        resources = _resources(ray, flow.config)
        # No retry for errors of ours: they would come again. A worker or a node that dies is another matter.
        task = ray.remote(max_retries=-1, **resources)(_make)
        config = replace(flow.config, workers=max(1, int(resources["num_cpus"])), cache=None)
        waiting = {
            task.remote(
                str(flow.source), replace(config, out=folder / str(share.number)), share, str(Path.cwd())
            ): share
            for share in shares
        }
        with flow.progress.stage(f"Reading {len(shares):,} shards on Ray", n) as advance:
            while waiting:
                (done,), _ = ray.wait(list(waiting), num_returns=1)
                share = waiting.pop(done)
                _check(ray, done, folder / str(share.number))
                advance(len(share.rows(n)))
    return folder


def _make(source: str, config: Config, share: Share, folder: str) -> None:
    """In a worker: make one shard with the eye of the one before."""
    from datadoctor.flow import Flow
    from datadoctor.shards.making import make

    os.chdir(folder)  # relative paths are the driver's
    machine.ask_for(config.workers)
    known = repr((source, replace(config, out=Path())))
    if known not in _eyes:
        _eyes.clear()
        flow = Flow(Path(source), config, Silent())
        _eyes[known] = {name: flow[name] for name in ("listing", "short_side", "small_side", "look", "choice")}
    make(Path(source), config, share, Silent(), _eyes[known])


def _check(ray: Any, done: Any, folder: Path) -> None:
    try:
        ray.get(done)
    except ray.exceptions.RayTaskError as error:
        raise error.cause if isinstance(error.cause, DataDoctorError) else error from error
    except ray.exceptions.RayError as error:
        raise IncompleteError(
            f"Ray gave up ({str(error).partition(chr(10))[0]}); run the same command again: it continues"
        ) from error
    if not (folder / FILE).is_file():
        raise DataDoctorError(
            f"{folder}: was made on another machine and is not here; --out must be on a disk that all nodes see"
        )


def _installed() -> Any:
    # A cluster is started for this audit; nobody is told of it.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
    except ModuleNotFoundError as error:
        raise IncompleteError("--engine ray needs Ray: pip install 'datadoctor[ray]'") from error
    return ray


@contextmanager
def _cluster(ray: Any, address: str | None) -> Iterator[None]:
    """Connected to a cluster, unless the caller is."""
    if ray.is_initialized():
        yield
        return
    variables = {plugins.VARIABLE: os.environ[plugins.VARIABLE]} if plugins.VARIABLE in os.environ else {}
    here = {} if address else {"num_cpus": machine.processors(), "include_dashboard": False}
    try:
        ray.init(
            address=address, runtime_env={"env_vars": variables}, log_to_driver=False, logging_level="ERROR", **here
        )
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise IncompleteError(
            f"Ray at {address or 'this machine'} does not answer ({str(error).partition(chr(10))[0]}); check --address"
        ) from error
    try:
        yield
    finally:
        ray.shutdown()


def _resources(ray: Any, config: Config) -> dict[str, float]:
    """Of a task: processors, and a GPU where nodes have some and may use them."""
    nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    processors = min(config.workers or PROCESSORS, *(int(node.get("CPU", 1)) for node in nodes), PROCESSORS)
    gpus = any(node.get("GPU", 0) >= 1 for node in nodes) and config.device != "cpu"
    return {"num_cpus": float(max(1, processors))} | ({"num_gpus": 1.0} if gpus else {})
