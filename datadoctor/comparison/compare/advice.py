"""What to do about a picture that new data and a reference share."""

from __future__ import annotations

from datadoctor.stages.duplicates.naming import OTHER_SHOT


def advice(difference: str, labels: tuple[str, str], conflicting: bool) -> str:
    """One sentence; ``labels``: of the new image A and of the reference image B."""
    if conflicting:
        return f"Look which label is right, {labels[0]!r} or {labels[1]!r}, and correct the other; then leave one of the two out."
    if OTHER_SHOT in difference:
        return "Look at both: if it is one scene, leave A out wherever B is tested on."
    return "Leave A out: B has this picture, and must not be tested on what was trained on."
