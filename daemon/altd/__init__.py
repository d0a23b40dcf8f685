"""altd: alt text for images that have none, written on your own machine."""

from __future__ import annotations


def __getattr__(name: str) -> str:
    """Look the version up when it is asked for: reading metadata takes longer than all other imports here."""
    if name != "__version__":
        raise AttributeError(name)
    from importlib.metadata import version

    return version("altd")
