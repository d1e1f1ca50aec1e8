"""One peer's audit in a process of its own: ``python peer.py NAME MANIFEST FOLDER RUN OUT.json``.

RUN: a run directory of ours on the same images, whose embeddings and probabilities Datalab is given. OUT.json: ``wrong`` paths and
``sets`` of paths that it takes for one picture. Imports nothing of datadoctor where the peer needs none: fastdup has an environment of
its own.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import sys
import tempfile
from pathlib import Path
from typing import Any


def datalab(rows: list[dict[str, str]], folder: Path, run: Path) -> dict[str, Any]:
    """Datalab for labels and near duplicates, on our embeddings and probabilities; CleanVision for copies."""
    import numpy as np
    import pandas as pd
    from cleanlab import Datalab
    from cleanvision import Imagelab

    items = pd.read_parquet(run / "items.parquet").query("readable")
    vectors, probabilities = (np.load(run / "artifacts" / f"{name}.npy") for name in ("embeddings", "pred_probs"))
    labelled = np.flatnonzero(items["given_label"].to_numpy() != "")
    paths = items["path"].to_numpy()[labelled]
    lab = Datalab({"label": items["given_label"].to_numpy()[labelled]}, label_name="label", verbosity=0)
    lab.find_issues(
        features=vectors[labelled], pred_probs=probabilities[labelled], issue_types={"label": {}, "near_duplicate": {}}
    )
    wrong = paths[lab.get_issues("label")["is_label_issue"].to_numpy()].tolist()
    near = lab.get_issues("near_duplicate")
    sets = [
        [paths[row], *paths[list(others)]]
        for row, (is_one, others) in enumerate(
            zip(near["is_near_duplicate_issue"], near["near_duplicate_sets"], strict=True)
        )
        if is_one
    ]
    images = Imagelab(filepaths=[str(folder / row["path"]) for row in rows])
    images.find_issues(n_jobs=1)
    for kind in ("near_duplicates", "exact_duplicates"):
        sets += [[Path(one).relative_to(folder).as_posix() for one in found] for found in images.info[kind]["sets"]]
    return {"wrong": wrong, "sets": sets}


def imagededup(rows: list[dict[str, str]], folder: Path, run: Path) -> dict[str, Any]:
    """Its CNN at its default similarity of .9, with the network that our embeddings come from."""
    import torch
    from imagededup.methods import CNN
    from imagededup.utils import CustomModel
    from torchvision import transforms

    from datadoctor.stages.embeddings.efficientnet_lite import network
    from datadoctor.stages.embeddings.looking import Looking

    looking = Looking(network("efficientnet_lite2", None, 160))

    class Trunk(torch.nn.Module):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            found: torch.Tensor = looking(images * 255)[-2]
            return found

    prepare = transforms.Compose([transforms.Resize((160, 160)), transforms.ToTensor()])
    cnn = CNN(
        verbose=False, model_config=CustomModel(name="efficientnet_lite2", model=Trunk().eval(), transform=prepare)
    )
    encodings = cnn.encode_images(str(folder), recursive=True)
    # Its workers would be forks of a process whose threads hold locks: they may wait for ever.
    found = cnn.find_duplicates(encoding_map=encodings, min_similarity_threshold=0.9, num_sim_workers=0)
    return {"wrong": [], "sets": [[path, other] for path, others in found.items() for other in others]}


def fastdup(rows: list[dict[str, str]], folder: Path, run: Path) -> dict[str, Any]:
    """Its defaults: images that one of its components joins."""
    import fastdup as library

    with tempfile.TemporaryDirectory() as work:
        found = library.create(work_dir=work, input_dir=str(folder))
        found.run(overwrite=True, print_summary=False)
        components, _ = found.connected_components()
        names = components["filename"].map(lambda name: Path(name).resolve().relative_to(folder.resolve()).as_posix())
        return {"wrong": [], "sets": names.groupby(components["component_id"]).apply(list).tolist()}


def main() -> None:
    name, manifest, folder, run, out = sys.argv[1:]
    with Path(manifest).open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    with contextlib.redirect_stdout(io.StringIO()):
        found = {"datalab": datalab, "imagededup": imagededup, "fastdup": fastdup}[name](rows, Path(folder), Path(run))
    Path(out).write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()
