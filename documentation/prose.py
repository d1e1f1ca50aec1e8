"""Docstrings as Markdown."""

from __future__ import annotations


def markdown(text: str) -> str:
    """The text with what HTML and tables would take for their own kept from them, except inside code."""
    parts = text.replace("``", "`").split("`")
    plain = [part.replace("<", "&lt;").replace("*", "\\*").replace("_", "\\_") for part in parts[::2]]
    code = [part.replace("|", "&#124;") if "|" in part else part for part in parts[1::2]]
    woven = [piece for pair in zip(plain, [*(f"`{one}`" for one in code), ""], strict=False) for piece in pair]
    return "".join(woven)
