"""The error table."""

from __future__ import annotations

import pickle
import re

import pytest

from altd.errors import ERRORS, AltdError


@pytest.mark.parametrize("code", ERRORS)
def test_each_is_a_stable_code_with_one_sentence(code: str) -> None:
    spec = ERRORS[code]
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", code)
    assert re.fullmatch(r"[A-Z`].*\.", spec.message)
    assert 400 <= spec.status < 600
    assert 1 <= spec.exit_code <= 6


def test_an_error_crosses_process_borders_whole() -> None:
    error = pickle.loads(pickle.dumps(AltdError("queue_full", "Wait.")))
    assert (error.code, error.message, error.status, error.exit_code) == ("queue_full", "Wait.", 503, 6)
    assert error.payload() == {"error": {"code": "queue_full", "message": "Wait."}}


def test_a_code_that_is_not_in_the_table_is_a_fault() -> None:
    with pytest.raises(KeyError):
        AltdError("nothing")
