"""Which browsers the user means, and what stands for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from altd.errors import AltdError
from altd.pairing.browsers import BROWSERS, Browser, Places, present
from altd.pairing.manifests import Registration, registration, state
from altd.paths import Paths

ALL = "all"


def chosen(names: Sequence[str], places: Places) -> list[Browser]:
    """Return the browsers of these names; for `all`, or without a name, those that this user has opened.

    Raises:
        AltdError: `browser_missing` when none was ever opened.
    """
    if names and ALL not in names:
        return [BROWSERS[name] for name in dict.fromkeys(names)]
    found = present(places)
    if not found:
        known = ", ".join(BROWSERS)
        raise AltdError(
            "browser_missing", f"No browser that altd knows was opened here yet; name one of {known}."
        )
    return found


def registrations(
    names: Sequence[str], paths: Paths, data: Path | None = None
) -> Iterator[tuple[Registration, bool]]:
    """Yield what stands, or would stand, for each browser, and whether it is a snap or flatpak only."""
    places = Places.here()
    for browser in chosen(names, places):
        yield registration(browser, paths, places, data), data is None and places.is_sealed(browser)


def states(paths: Paths) -> dict[str, str]:
    """Browser name → `absent`, `outdated` or `current`, for every browser that this user has opened."""
    places = Places.here()
    return {b.name: state(registration(b, paths, places)) for b in present(places)}
