"""What is nearest to a picture from elsewhere and to a text: beside what the same eye, and the library of the text tower, say."""

from __future__ import annotations

import io
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

import datadoctor
from datadoctor.errors import DataDoctorError, IncompleteError
from datadoctor.review.dropped import REMEMBERED, Dropped
from datadoctor.review.similar import Similar
from datadoctor.review.table import Table
from datadoctor.review.words import Words
from datadoctor.run import Run
from datadoctor.stages.embeddings import Stage
from datadoctor.stages.embeddings.text import space_of
from tests.review.serving import served

KIND = "application/octet-stream"
SIDE = 64
N = 24


def pictures(n: int, seed: int) -> NDArray[np.uint8]:
    """(n, SIDE, SIDE, 3) soft patterns: hard edges are what another size would change most."""
    coarse = np.random.default_rng(seed).integers(0, 256, (n, 8, 8, 3), dtype=np.uint8)
    return np.stack([np.asarray(Image.fromarray(one).resize((SIDE, SIDE), Image.Resampling.BICUBIC)) for one in coarse])


def audited(folder: Path, **settings: Any) -> Run:
    for number, picture in enumerate(pictures(N, 0)):
        file = folder / "photos" / "ab"[number % 2] / f"{number:02}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(file)
    settings |= {"select": ("near-duplicate",), "out": folder / "run", "cache": folder / "cache"}
    return Run(datadoctor.audit(folder / "photos", **settings).path)


def similar_of(run: Run) -> Similar:
    return Similar(Table(run))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Seen through the filters of its own patches: the eye that must not be learnt anew from one picture."""
    return audited(tmp_path_factory.mktemp("filters"), model="filters")


@pytest.fixture(scope="module")
def by_network(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return audited(tmp_path_factory.mktemp("network"), model="efficientnet_lite0")


def test_a_picture_finds_itself_then_what_is_similar_to_it_and_a_changed_one_what_it_was(
    run: Run, by_network: Run
) -> None:
    for one in (run, by_network):
        similar = similar_of(one)
        dropped = Dropped(one, similar)
        for place in (0, 23):
            content = (one.path.parent / "photos" / one.items["path"][place]).read_bytes()
            assert dropped.nearest(dropped.see(content), 10).tolist() == similar.to([place], 9).tolist()
            changed = io.BytesIO()
            Image.open(io.BytesIO(content)).resize((190, 190)).save(changed, "JPEG", quality=60)
            assert dropped.nearest(dropped.see(changed.getvalue()), 3)[0] == place


@pytest.mark.parametrize("content", [b"", b"no image", b"\x89PNG\r\n\x1a\n" + b"\0" * 100])
def test_what_is_no_image_is_said_so(run: Run, content: bytes) -> None:
    with pytest.raises(DataDoctorError, match="not an image that can be read: "):
        Dropped(run, similar_of(run)).see(content)


def test_pictures_are_forgotten_after_a_while_and_it_is_said(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    dropped = Dropped(run, similar_of(run))
    monkeypatch.setattr(dropped, "_vector", lambda content: np.zeros((1, similar_of(run).vectors.shape[1]), np.float32))
    names = [dropped.see(bytes([number])) for number in range(REMEMBERED + 1)]
    assert len(dropped.nearest(names[1], 5)) == 5
    for name in (names[0], "nothing"):
        with pytest.raises(DataDoctorError, match="drop it again"):
            dropped.nearest(name, 5)


def told(run: Run, **changes: object) -> Run:
    """A run whose summary says something else of its eye; its files are not touched."""
    other = Run(run.path)
    other.__dict__["summary"] = json.loads(json.dumps(run.summary))
    for name, value in changes.items():
        part, _, key = name.partition("__")
        other.summary[part][key] = value
    return other


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"settings__model": "python/mine.py:eye"}, "seen through code, python/mine.py:eye"),
        ({"settings__embeddings": "mine.npy"}, "embeddings of your own"),
        (
            {"settings__model": "efficientnet_lite2"},
            "seen through .*efficientnet_lite0.*; here is .*efficientnet_lite2",
        ),
    ],
)
def test_an_eye_that_is_not_here_is_said(by_network: Run, changes: dict[str, object], said: str) -> None:
    other = told(by_network, **changes)
    with pytest.raises(DataDoctorError, match=said):
        Dropped(other, similar_of(other)).see(b"x")


def test_weights_that_cannot_be_had_are_said(by_network: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    other = told(by_network, settings__model="resnet18")
    with pytest.raises(IncompleteError, match="weights of resnet18 are not in"):
        Dropped(other, similar_of(other)).see(b"x")


def test_the_server_takes_a_picture_and_refuses_what_is_too_large(run: Run) -> None:
    with served(run.path, "--read-only") as server:
        content = (run.path.parent / "photos" / run.items["path"][5]).read_bytes()
        answer = server.send(f"{server.root}dropped", "POST", content, Content_Type=KIND)
        near = server.ask("similar", picture=answer.json["picture"], count=3)
        assert np.frombuffer(near.body, "<u4")[0] == 5
        assert server.send(f"{server.root}dropped", "POST", b"x", Content_Type=KIND).status == 400
        assert server.send(f"{server.root}dropped", "POST", content, Content_Type="image/png").status == 403
        most = server.ask("desk").json["most_bytes"]
        too_much = server.send(f"{server.root}dropped", "POST", b" " * (most + 1), Content_Type=KIND)
        assert (too_much.status, too_much.json["error"]) == (413, "more than 64 MB at once")
        assert server.ask("similar", picture="0" * 16).status == 400
        refused = server.ask("similar", words="a dog")
        assert (refused.status, "reads text" in refused.json["error"]) == (400, True)
        assert server.ask("desk").json["words"] is False


TEXTS = ("a photo of a dog", "stripes", "two red circles on a green ground, blurred", "ein Hund")
TOWER = {"layers": 4, "width": 32, "patch_size": 16, "image_size": SIDE, "head_width": 16}
TINY = {"embed_dim": 24, "vision_cfg": TOWER, "text_cfg": {"layers": 2, "width": 32, "heads": 2}}


def as_it_is(n: int, mean: Any, std: Any) -> torch.Tensor:
    images = torch.from_numpy(pictures(n, 0)).permute(0, 3, 1, 2).float() / 255
    return (images - torch.tensor(mean).view(1, 3, 1, 1)) / torch.tensor(std).view(1, 3, 1, 1)


def check_order(run: Run, images: torch.Tensor, texts: torch.Tensor) -> None:
    """Places by text are in the order of the cosines, (N, e) and (len(TEXTS), e), that the library itself makes."""
    words = Words(run, similar_of(run))
    number = [int(Path(path).stem) for path in run.items["path"]]
    unit = [torch.nn.functional.normalize(one.detach().double(), dim=1).numpy() for one in (images[number], texts)]
    for text, cosines in zip(TEXTS, unit[1] @ unit[0].T, strict=True):
        found = words.nearest(text, N)
        assert sorted(found.tolist()) == list(range(N))
        assert (np.diff(cosines[found]) < 2e-3).all(), "as good as half precision tells"
        assert found[0] in np.argsort(-cosines)[:2]


@pytest.mark.parametrize(
    ("views", "found"),
    [
        ((("quarters", 9),), None),
        ((("quarters", 9), ("text space", 5)), ("a", [9, 14])),
        ((("quarters", 9), ("b", 3), ("b, quarters", 2), ("b, text space", 4)), ("b", [14, 18])),
        ((("text space", 2), ("b, text space", 4)), ("a", [0, 2])),
    ],
)
def test_the_first_network_that_reads_text_is_asked(views: Any, found: Any) -> None:
    ends = np.cumsum([size for _, size in views]).tolist()
    stages = [Stage(name, end - size, end) for (name, size), end in zip(views, ends, strict=True)]
    space = space_of(SimpleNamespace(views=stages), "a + b")
    assert (space and (space["model"], space["columns"])) == found


@pytest.fixture
def tiny(tmp_path: Path) -> Any:
    """A tiny CLIP of open_clip, with weights made up here, which the library knows as 'tiny'."""
    open_clip = pytest.importorskip("open_clip")
    (tmp_path / "tiny.json").write_text(json.dumps(TINY))
    open_clip.add_model_config(tmp_path / "tiny.json")
    torch.manual_seed(0)
    model = open_clip.create_model("tiny", pretrained=None).eval()
    torch.save(model.state_dict(), tmp_path / "whole.pth")
    torch.save(model.visual.state_dict(), tmp_path / "tower.pth")
    return model


@pytest.mark.slow
def test_open_clip_finds_images_by_text(tiny: Any, tmp_path: Path) -> None:
    import open_clip

    run = audited(tmp_path, model="open_clip/tiny", weights=tmp_path / "whole.pth")
    images = tiny.encode_image(as_it_is(N, open_clip.OPENAI_DATASET_MEAN, open_clip.OPENAI_DATASET_STD))
    check_order(run, images, tiny.encode_text(open_clip.get_tokenizer("tiny")(list(TEXTS))))
    words = Words(run, similar_of(run))
    for text in ("", "  ", "x" * 1001):
        with pytest.raises(DataDoctorError, match="a text of at most 1,000 characters"):
            words.nearest(text, 5)
    alone = told(run, settings__weights=str(tmp_path / "tower.pth"))
    with pytest.raises(DataDoctorError, match="image tower alone"):
        Words(alone, similar_of(alone)).nearest("a dog", 5)


@pytest.mark.slow
@pytest.mark.parametrize("family", ["Siglip", "CLIP"])
def test_transformers_find_images_by_text(family: str, tmp_path: Path) -> None:
    transformers = pytest.importorskip("transformers")
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    torch.manual_seed(0)
    words = {
        word: number for number, word in enumerate(["<pad>", "<unk>", "<end>", *sorted(set(" ".join(TEXTS).split()))])
    }
    made = Tokenizer(models.WordLevel(words, "<unk>"))
    made.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    made.post_processor = processors.TemplateProcessing("$A <end>", special_tokens=[("<end>", 2)])
    tokens = transformers.PreTrainedTokenizerFast(
        tokenizer_object=made, pad_token="<pad>", unk_token="<unk>", eos_token="<end>"
    )
    sizes = {"hidden_size": 32, "num_hidden_layers": 4, "num_attention_heads": 2, "intermediate_size": 48}
    text = {**sizes, "vocab_size": len(words), "max_position_embeddings": 16, "eos_token_id": 2, "pad_token_id": 0}
    config = getattr(transformers, f"{family}Config")(
        text_config=text, vision_config={**sizes, "image_size": SIDE, "patch_size": 16}
    )
    model = getattr(transformers, f"{family}Model")(config).eval()
    shown = {
        "image_mean": [0.5] * 3,
        "image_std": [0.5] * 3,
        "crop_size": SIDE,
        "size": {"height": SIDE, "width": SIDE},
    }
    for part in (model, tokens, getattr(transformers, f"{family}ImageProcessor")(**shown)):
        part.save_pretrained(tmp_path / "model")
    run = audited(tmp_path, model=f"hf/{tmp_path / 'model'}")
    asked = tokens(list(TEXTS), padding="max_length", max_length=16, return_tensors="pt")
    features = (model.get_image_features(as_it_is(N, [0.5] * 3, [0.5] * 3)), model.get_text_features(**asked))
    check_order(run, *(getattr(one, "pooler_output", one) for one in features))
