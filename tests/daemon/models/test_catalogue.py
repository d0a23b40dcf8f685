"""Models by name and by directory."""

from __future__ import annotations

from pathlib import Path

import pytest

from altd.errors import AltdError
from altd.models.catalogue import BUNDLED, find_model


def test_the_bundled_model_lies_in_the_package() -> None:
    assert find_model(BUNDLED).directory.name == "bundled"


def test_a_directory_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    model = find_model(str(tmp_path))
    assert (model.name, model.directory) == (tmp_path.name, tmp_path)


@pytest.mark.parametrize("name", ["", "nothing", "/nowhere"])
def test_neither(name: str) -> None:
    with pytest.raises(AltdError) as caught:
        find_model(name)
    assert caught.value.code == "config_invalid"
