"""One at a time, asked of the lock and not of the info file."""

from __future__ import annotations

import pytest

from altd.errors import AltdError
from altd.paths import Paths
from altd.server.instance import Info, is_locked, running_daemon, sole_instance


@pytest.fixture
def paths() -> Paths:
    found = Paths.default()
    found.ensure()
    return found


def test_a_second_one_is_refused(paths: Paths) -> None:
    with sole_instance(paths):
        with pytest.raises(AltdError) as caught, sole_instance(paths, patience_s=0):
            pass
        assert caught.value.code == "already_running"
        assert is_locked(paths)
    assert not is_locked(paths)


def test_an_info_file_without_a_lock_is_left_over(paths: Paths) -> None:
    Info(pid=1, port=1, version="0", started_at=0.0).write(paths)
    assert running_daemon(paths) is None
    with sole_instance(paths):
        assert not paths.info_file.exists()
        assert running_daemon(paths) is None


def test_the_info_of_the_running_one(paths: Paths) -> None:
    info = Info(pid=12, port=34, version="5", started_at=6.0)
    with sole_instance(paths):
        info.write(paths)
        assert running_daemon(paths) == info
        assert info.url == "http://127.0.0.1:34"


@pytest.mark.parametrize("content", ["", "{", "{}", '{"pid": 1}'])
def test_an_info_file_that_is_none(paths: Paths, content: str) -> None:
    with sole_instance(paths):
        paths.info_file.write_text(content)
        assert running_daemon(paths) is None


def test_nothing_was_ever_started(altd_home: object) -> None:
    assert not is_locked(Paths.default())
    assert running_daemon(Paths.default()) is None
