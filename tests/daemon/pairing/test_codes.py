"""One-time codes and their limits, with a clock passed in."""

from __future__ import annotations

import pytest

from altd.errors import AltdError
from altd.pairing.codes import ALPHABET, LENGTH, LIFETIME_S, MAX_WRONG, PairingCodes


class Clock:
    """Seconds that a test sets."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def codes(clock: Clock) -> PairingCodes:
    return PairingCodes(clock)


def refusal(codes: PairingCodes, given: str) -> str:
    with pytest.raises(AltdError) as caught:
        codes.redeem(given)
    return caught.value.code


def wrong(code: str) -> str:
    return code[:-1] + next(char for char in ALPHABET if char != code[-1])


def test_a_code_is_easy_to_read_aloud(codes: PairingCodes) -> None:
    seen = {codes.issue() for _ in range(200)}
    assert len(seen) == 200
    assert {len(code) for code in seen} == {LENGTH}
    assert set("".join(seen)) <= set(ALPHABET)
    assert not set("01OIL") & set(ALPHABET)


def test_a_code_works_once(codes: PairingCodes) -> None:
    code = codes.issue()
    codes.redeem(code)
    assert refusal(codes, code) == "pairing_failed"


def test_typing_it_otherwise_does_no_harm(codes: PairingCodes) -> None:
    code = codes.issue().lower()
    codes.redeem(f" {code[:4]}-{code[4:]}\n")


def test_without_a_code_nothing_pairs(codes: PairingCodes) -> None:
    assert refusal(codes, "") == "pairing_failed"
    assert refusal(codes, "ABCDEFGH") == "pairing_failed"


def test_a_code_ends_after_two_minutes(codes: PairingCodes, clock: Clock) -> None:
    code = codes.issue()
    clock.now += LIFETIME_S - 0.001
    codes.redeem(code)
    code = codes.issue()
    clock.now += LIFETIME_S
    assert refusal(codes, code) == "pairing_failed"


def test_a_new_code_ends_the_old_one(codes: PairingCodes) -> None:
    old = codes.issue()
    new = codes.issue()
    assert refusal(codes, old) == "pairing_failed"
    codes.redeem(new)


def test_five_wrong_tries_end_a_code(codes: PairingCodes) -> None:
    code = codes.issue()
    for _ in range(MAX_WRONG - 1):
        assert refusal(codes, wrong(code)) == "pairing_failed"
    assert refusal(codes, wrong(code)) == "too_many_attempts"
    assert refusal(codes, code) == "pairing_failed"


def test_four_wrong_tries_do_not(codes: PairingCodes) -> None:
    code = codes.issue()
    for _ in range(MAX_WRONG - 1):
        refusal(codes, wrong(code))
    codes.redeem(code)


def test_strange_characters_are_only_wrong(codes: PairingCodes) -> None:
    codes.issue()
    assert refusal(codes, "ÄÖÜ€😀\x00") == "pairing_failed"
