"""Which passwords we take, and how they are kept."""

import time

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.low_level import Type

from editor.access import passwords
from editor.access.passwords import Compared, PasswordProblem, compare_password, hash_password, password_problems

GOOD = "tre fisker og en sykkel"


@pytest.fixture
def quick_hashing() -> None:
    """Not here: what is tried is the real work."""
    passwords._nobodys_hash.cache_clear()


def problems(password: str) -> tuple[PasswordProblem, ...]:
    return password_problems(password, name="Amina Hussein Ali", email="amina.hussein@brobygda.example")


@pytest.mark.parametrize(
    "password",
    [GOOD, "blåbærsyltetøy", "mXk29 fLq!0aZ", "كلمة مرور طويلة جدا", "x, 🦊🐻🐼🐨🐯🦁🐮🐷🐸🐵", "a1b2c3d4e5f6g"],
)
def test_a_long_password_of_any_characters_is_taken(password: str) -> None:
    assert problems(password) == ()


@pytest.mark.parametrize(
    "password",
    [
        "passord12345", "Passord!2026", "p@ssw0rd!2026", "velkommen2026", "Sommer2026!!", "Brobygger123",
        "passordpassord", "123456789012", "aaaaaaaaaaaa", "abababababab", "qwertyuiopåasd", "2026kommune2026",
        "correct horse battery staple",
    ],
)  # fmt: skip
def test_a_common_password_is_refused_however_it_is_dressed_up(password: str) -> None:
    assert problems(password) == (PasswordProblem.COMMON,)


@pytest.mark.parametrize(
    "password", ["Amina Hussein Ali", "AMINA-HUSSEIN-ALI", "amina.hussein", "amina.hussein@brobygda.example"]
)
def test_ones_own_name_or_address_is_refused(password: str) -> None:
    assert problems(password) == (PasswordProblem.IS_NAME_OR_EMAIL,)


def test_length_is_counted_in_characters_and_has_two_ends() -> None:
    assert problems("æøåäöüçñ-kx") == (PasswordProblem.TOO_SHORT,)
    assert problems("æøåäöüçñ-kxz") == ()
    assert problems("xkvq" * 65) == (PasswordProblem.TOO_LONG,)


def test_everything_that_is_wrong_is_said_at_once() -> None:
    assert problems("passord") == (PasswordProblem.TOO_SHORT, PasswordProblem.COMMON)


def test_a_password_is_kept_as_argon2id_with_the_parameters_that_the_documentation_names() -> None:
    kept = extract_parameters(hash_password(GOOD))

    assert (kept.type, kept.time_cost, kept.memory_cost, kept.parallelism) == (Type.ID, 3, 64 * 1024, 4)
    assert (kept.salt_len, kept.hash_len) == (16, 32)


def test_the_same_password_is_kept_differently_each_time_and_is_right_each_time() -> None:
    first, second = hash_password(GOOD), hash_password(GOOD)

    assert first != second
    assert compare_password(GOOD, first).is_right
    assert not compare_password(GOOD + " ", second).is_right


def test_a_letter_typed_as_two_characters_is_the_same_letter() -> None:
    kept = hash_password("bl\u00e5b\u00e6rsyltet\u00f8y")

    assert compare_password("bla\u030ab\u00e6rsyltet\u00f8y", kept).is_right


def test_what_was_kept_with_weaker_parameters_is_hashed_anew_when_it_was_right() -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(GOOD)

    better = compare_password(GOOD, weak).better

    assert better is not None
    assert compare_password(GOOD, better) == Compared(is_right=True)
    assert compare_password("wrong", weak).better is None


@pytest.mark.parametrize("kept", ["", "plain text", "$argon2id$v=19$broken"])
def test_what_cannot_be_a_hash_lets_nobody_in(kept: str) -> None:
    assert not compare_password(kept, kept).is_right


def test_an_account_that_does_not_exist_takes_as_long_as_one_that_does() -> None:
    kept = hash_password(GOOD)
    compare_password("warm up", None)

    seconds = [(_seconds(kept), _seconds(None)) for _each in range(3)]  # in turn: other work slows down both
    known, unknown = map(min, zip(*seconds, strict=True))

    assert known / 3 < unknown < known * 3


def _seconds(kept: str | None) -> float:
    started = time.process_time()  # of all threads; the clock on the wall depends on what else runs
    assert not compare_password("not the password", kept).is_right
    return time.process_time() - started
