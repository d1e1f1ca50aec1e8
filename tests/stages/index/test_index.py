"""Every way to search gives, by value, what brute force over all pairs gives."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from datadoctor import arrays, machine
from datadoctor.errors import DataDoctorError
from datadoctor.stages.index import compression, exact
from datadoctor.stages.index import faiss as faiss_index
from datadoctor.stages.index.build import build


def unit(seed: int, n: int, d: int) -> NDArray[np.float32]:
    vectors = np.random.default_rng(seed).normal(size=(n, d))
    scaled: NDArray[np.float32] = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return scaled


def by_hand(vectors: NDArray[np.float32], k: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    similarity = (vectors.astype(np.float64) @ vectors.astype(np.float64).T).round(6)
    np.fill_diagonal(similarity, -np.inf)
    rows = np.argsort(-similarity, axis=1, kind="stable")[:, :k]
    return rows.astype(np.int32), np.take_along_axis(similarity, rows, axis=1).astype(np.float32)


@pytest.mark.parametrize(("n", "d", "k"), [(300, 16, 10), (50, 3, 49), (1025, 8, 5)])
def test_faiss_gives_the_neighbours_of_brute_force(n: int, d: int, k: int) -> None:
    vectors = unit(0, n, d)
    found = build(vectors, k, device="cpu")
    rows, cosines = by_hand(vectors, k)
    np.testing.assert_allclose(found.cosines, cosines, atol=2e-6)
    assert (found.rows == rows).mean() > 0.999
    assert found.recall == 1.0


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**16), st.integers(1, 30), st.integers(1, 12))
def test_exact_search_is_argsort(seed: int, n: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    # Small whole numbers make many ties, and their products are exact.
    vectors = rng.integers(-2, 3, size=(n, 3)).astype(np.float32)
    rows, cosines = exact.search(vectors, vectors, k)
    similarity = vectors @ vectors.T
    expected = np.argsort(-similarity, axis=1, kind="stable")[:, :k]
    kept = min(k, n)
    np.testing.assert_array_equal(rows[:, :kept], expected)
    np.testing.assert_array_equal(cosines[:, :kept], np.take_along_axis(similarity, expected, axis=1))
    assert (rows[:, kept:] == -1).all()
    assert np.isnan(cosines[:, kept:]).all()


def test_identical_images_never_find_themselves() -> None:
    vectors = np.repeat(unit(0, 1, 8), 200, axis=0)
    found = build(vectors, 5, device="cpu")
    assert not (found.rows == np.arange(200)[:, None]).any()
    np.testing.assert_allclose(found.cosines, 1, atol=1e-6)


def test_a_duplicate_comes_first_although_the_image_itself_is_as_near() -> None:
    vectors = unit(1, 100, 8)
    vectors[70] = vectors[3]
    found = build(vectors, 3, device="cpu")
    assert found.rows[70, 0] == 3
    assert found.rows[3, 0] == 70


@pytest.mark.parametrize("n", [0, 1, 2, 4])
def test_too_few_images_leave_places_empty(n: int) -> None:
    found = build(unit(2, max(n, 1), 4)[:n], 5, device="cpu")
    others = max(n - 1, 0)
    assert found.rows.shape == (n, 5)
    assert (found.rows[:, others:] == -1).all()
    assert np.isnan(found.cosines[:, others:]).all()
    assert (found.rows[:, :others] >= 0).all()


def test_zero_vectors_are_far_from_everything() -> None:
    vectors = unit(3, 20, 4)
    vectors[5] = 0
    found = build(vectors, 3, device="cpu")
    np.testing.assert_array_equal(found.cosines[5], 0)


def test_inverted_lists_reach_the_promised_recall(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faiss_index, "FLAT_UP_TO", 1000)
    vectors = np.repeat(unit(4, 250, 12), 20, axis=0) + 0.1 * unit(5, 5000, 12)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    found = build(vectors, 10, device="cpu")
    rows, _ = by_hand(vectors, 10)
    true_recall = np.mean([np.isin(t, f).mean() for t, f in zip(rows, found.rows, strict=True)])
    assert "IVF" in found.made_by
    assert found.recall >= faiss_index.RECALL
    assert true_recall >= faiss_index.RECALL - 0.01


@pytest.mark.parametrize(
    ("bytes_", "said", "columns"),
    [(5000 * 12 * 2, "a byte a column", 12), (1000, "product quantisation", 12), (1000, "product quantisation", 67)],
)
def test_what_does_not_fit_is_searched_by_codes_and_found_by_the_vectors(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, bytes_: int, said: str, columns: int
) -> None:
    monkeypatch.setattr(faiss_index, "FLAT_UP_TO", 1000)
    monkeypatch.setattr(compression, "MOST_BYTES", bytes_)
    monkeypatch.setattr(arrays, "LARGE", 1000)
    np.save(tmp_path / "vectors.npy", unit(4, 5000, columns))
    vectors = np.load(tmp_path / "vectors.npy", mmap_mode="r")
    found = build(vectors, 10, device="cpu")
    rows, cosines = by_hand(vectors, 10)
    assert said in found.made_by
    assert found.recall >= faiss_index.RECALL
    true_recall = np.mean([np.isin(t, f).mean() for t, f in zip(rows, found.rows, strict=True)])
    assert true_recall >= faiss_index.RECALL - 0.01
    same = found.rows == rows
    np.testing.assert_allclose(found.cosines[same], cosines[same], atol=1e-5)


@pytest.mark.parametrize(
    ("n", "d", "memory", "wanted"),
    [
        (200_000, 512, 2**35, "NONE"),
        (1_000_000, 512, 2**35, "BYTES"),
        (2_000_000, 512, 2**35, "BYTES"),
        (3_000_000, 512, 2**35, "PRODUCTS"),
        (200_000, 512, 2**31, "BYTES"),
    ],
)
def test_compression_is_as_strong_as_items_and_memory_ask(
    monkeypatch: pytest.MonkeyPatch, n: int, d: int, memory: int, wanted: str
) -> None:
    monkeypatch.setattr(machine, "memory", lambda: memory)
    assert compression.needed(n, d) is compression.Compression[wanted]


def test_all_are_compared_where_most_lists_would_have_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = unit(4, 5000, 60)
    expected = build(vectors, 10, device="cpu")
    monkeypatch.setattr(faiss_index, "FLAT_UP_TO", 1000)
    found = build(vectors, 10, device="cpu")
    assert (found.made_by, found.recall) == (expected.made_by, 1.0)
    np.testing.assert_array_equal(found.rows, expected.rows)


@pytest.mark.parametrize("share", [faiss_index.GPU_SHARE, 0.0], ids=["float32", "float16"])
def test_shards_are_probed_as_wide_as_one_index(monkeypatch: pytest.MonkeyPatch, share: float) -> None:
    faiss: Any = pytest.importorskip("faiss")

    vectors = unit(6, 5000, 12)

    def sharded(index: Any, _: int, *, half: bool) -> Any:
        # What FAISS does on several GPUs, here on the CPU: the same lists, each half of the vectors in a shard.
        assert isinstance(index, faiss.IndexIVFScalarQuantizer if half else faiss.IndexIVFFlat)
        assert half == (share == 0)
        shards = faiss.IndexShards(vectors.shape[1], False, False)
        for first in (0, 1):
            part = faiss.clone_index(index)
            part.reset()
            rows = np.arange(first, len(vectors), 2)
            part.add_with_ids(vectors[rows], rows)
            shards.add_shard(part)
            part.this.disown()
        shards.own_indices = True
        return shards

    monkeypatch.setattr(faiss_index, "FLAT_UP_TO", 100)
    monkeypatch.setattr(faiss_index, "GPU_SHARE", share)
    monkeypatch.setattr(faiss_index, "gpus", lambda: 1)
    monkeypatch.setattr(faiss_index, "_on_gpus", sharded)
    monkeypatch.setattr(faiss, "GpuParameterSpace", faiss.ParameterSpace, raising=False)
    searcher = faiss_index.Searcher(vectors, 10, use_gpus=True, seed=0)
    assert searcher.recall >= faiss_index.RECALL


def test_cuda_without_a_gpu_is_refused() -> None:
    if faiss_index.gpus():
        pytest.skip("a GPU is there")
    with pytest.raises(DataDoctorError, match="no GPU"):
        build(unit(0, 5, 4), 2, device="cuda")


@pytest.mark.gpu
def test_gpu_gives_the_neighbours_of_the_cpu() -> None:
    if not faiss_index.gpus():
        pytest.skip("no GPU: FAISS sees none")
    vectors = unit(5, 3000, 64)
    cpu, gpu = build(vectors, 10, device="cpu"), build(vectors, 10, device="cuda")
    np.testing.assert_allclose(cpu.cosines, gpu.cosines, atol=1e-5)
    assert (cpu.rows == gpu.rows).mean() > 0.999


@pytest.mark.gpu
@pytest.mark.parametrize("share", [faiss_index.GPU_SHARE, 0.0], ids=["float32", "float16"])
def test_inverted_lists_on_a_gpu_reach_the_promised_recall(monkeypatch: pytest.MonkeyPatch, share: float) -> None:
    if not faiss_index.gpus():
        pytest.skip("no GPU: FAISS sees none")
    monkeypatch.setattr(faiss_index, "FLAT_UP_TO", 1000)
    monkeypatch.setattr(faiss_index, "GPU_SHARE", share)
    vectors = unit(4, 20_000, 32)
    vectors[-100:] = vectors[:100]
    cpu, gpu = build(vectors, 10, device="cpu"), build(vectors, 10, device="cuda")
    assert "IVF, 1 GPU" in gpu.made_by
    assert gpu.recall >= faiss_index.RECALL
    np.testing.assert_array_equal(gpu.rows[:100, 0], np.arange(19_900, 20_000))
    assert np.mean([np.isin(a, b).mean() for a, b in zip(cpu.rows, gpu.rows, strict=True)]) > 0.97
