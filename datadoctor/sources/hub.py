"""Datasets of the Hugging Face hub: ``hf://datasets/ORG/NAME``, through their own library; nothing that comes with one is run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from datadoctor.errors import DataDoctorError, NotAvailableError
from datadoctor.sources import Listing
from datadoctor.sources.memory import list_memory
from datadoctor.sources.memory.libraries import given

if TYPE_CHECKING:
    from datadoctor.config import Config

SCHEME = "hf://"


def list_hub(url: str, config: Config) -> Listing:
    """All splits of a dataset; raises ``DataDoctorError`` where it cannot be loaded or holds no images."""
    name = url.removeprefix(SCHEME).removeprefix("datasets/").strip("/")
    try:
        import datasets
    except ImportError as error:
        raise NotAvailableError(
            f"{url}: `pip install datadoctor[datasets]` lets datasets of the hub be read"
        ) from error
    try:
        loaded = datasets.load_dataset(name)
    except Exception as error:  # its errors are of many kinds, and name what is wrong in their first line
        cause = str(error).partition("\n")[0] or type(error).__name__
        raise DataDoctorError(f"{url}: cannot be loaded: {cause}; is the name right, and may you read it?") from error
    columns = {kind: getattr(config, f"{kind}_column") for kind in ("path", "label", "split", "group")}
    return replace(list_memory(given(loaded, **columns), config.merge_spellings), format="hub")
