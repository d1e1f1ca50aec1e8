"""Libraries that come as extras, and the weights they fetch from the Hugging Face hub, into its cache."""

from __future__ import annotations

import importlib
import logging
import os
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from datadoctor.errors import DataDoctorError
from datadoctor.stages.embeddings.weights import downloading

HUB = "https://huggingface.co"
SECONDS_TO_ANSWER = 5.0


def library(module: str, extra: str) -> Any:
    """The module of an extra. Raises ``DataDoctorError``, with what to install, where it is missing."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise DataDoctorError(
            f"--model {extra}/… needs {error.name or module}, which is not installed: pip install 'datadoctor[{extra}]'"
        ) from error


@contextmanager
def fetching(name: str) -> Iterator[None]:
    """Fetch weights from the hub inside, or from its cache where there is no network. Raises ``IncompleteError``."""
    from huggingface_hub import constants

    before, constants.HF_HUB_OFFLINE = constants.HF_HUB_OFFLINE, constants.HF_HUB_OFFLINE or not _online()
    # Libraries report each failed try; what matters is said once, by us.
    logging.disable(logging.ERROR)
    try:
        with downloading(name, constants.HF_HUB_CACHE):
            yield
    finally:
        constants.HF_HUB_OFFLINE = before
        logging.disable(logging.NOTSET)


def _online() -> bool:
    """Whether the hub, or a mirror set in the environment, answers at all: without this, each file is tried for half a minute."""
    try:
        request = urllib.request.Request(os.environ.get("HF_ENDPOINT", HUB), method="HEAD")  # noqa: S310 - the user's own setting
        with urllib.request.urlopen(request, timeout=SECONDS_TO_ANSWER):  # noqa: S310
            return True
    except urllib.error.HTTPError:
        return True
    except (OSError, ValueError):
        return False
