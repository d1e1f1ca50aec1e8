"""Your own checks, stages and sources: folders beside datadoctor's, found through the environment variable DATADOCTOR_PLUGINS.

It names folders as PATH does. ``checks/``, ``stages/`` and ``sources/`` in them join the packages of those names. It is an
environment variable and no setting: a settings file comes with a dataset, and what comes with a dataset must not name code to run.
"""

from __future__ import annotations

import os
from pathlib import Path

VARIABLE = "DATADOCTOR_PLUGINS"


def folders(room: str = "") -> list[str]:
    """The plugin folders, absolute; or the folders of that name in them, as far as they are there."""
    named = filter(None, os.environ.get(VARIABLE, "").split(os.pathsep))
    return [str(folder) for one in named if (folder := Path(one).absolute() / room).is_dir()]
