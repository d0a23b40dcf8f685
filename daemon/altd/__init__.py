"""altd: alt text for images that have none, written on your own machine."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("altd")
except PackageNotFoundError:  # run from a bare source tree
    __version__ = "0.0.0"

__all__ = ["__version__"]
