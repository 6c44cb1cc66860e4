"""Seals: what is closed opens again, and only for the right party, organisation and key."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleanbill.nouns.seal import ERASED, MARK, is_sealed, read_through
from cleanbill.store import master_key
from cleanbill.store.master_key import MasterKeyError
from cleanbill.store.sealing import BrokenSeal, MasterKey, Seal

MASTER = MasterKey(bytes(range(32)))
SALT = "00112233445566778899aabbccddeeff"
SEAL = Seal(MASTER, 7, "K-1", SALT)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=400)


@given(texts)
def test_what_is_sealed_opens_again(text: str) -> None:
    sealed = SEAL.close(text)
    assert is_sealed(sealed)
    assert SEAL.open(sealed) == text
    assert sealed.isascii()


@given(texts, texts)
def test_equal_text_and_only_equal_text_gives_equal_seals(one: str, other: str) -> None:
    assert (SEAL.close(one) == SEAL.close(other)) == (one == other)


@given(texts, st.integers(min_value=0), st.integers(1, 63))
def test_a_changed_sign_is_noticed(text: str, place: int, shift: int) -> None:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    body = SEAL.close(text).removeprefix(MARK)
    # The last sign may carry bits that base64 does not use.
    place %= len(body) - 1
    other = alphabet[(alphabet.index(body[place]) + shift) % 64]
    with pytest.raises(BrokenSeal, match="K-1"):
        SEAL.open(f"{MARK}{body[:place]}{other}{body[place + 1 :]}")


@pytest.mark.parametrize(
    "other",
    [
        Seal(MASTER, 7, "K-2", SALT),
        Seal(MASTER, 8, "K-1", SALT),
        Seal(MASTER, 7, "K-1", SALT[::-1]),
        Seal(MasterKey(bytes(32)), 7, "K-1", SALT),
    ],
    ids=["party", "organisation", "salt", "master key"],
)
def test_nobody_elses_seal_opens_it(other: Seal) -> None:
    sealed = SEAL.close("Frau Ärmel")
    assert other.close("Frau Ärmel") != sealed
    with pytest.raises(BrokenSeal):
        other.open(sealed)


@pytest.mark.parametrize(
    "text", ["", MARK, f"{MARK}AAAA", f"{MARK}!", "plain", f"{MARK}{'A' * 40}"]
)
def test_what_is_no_seal_does_not_open(text: str) -> None:
    with pytest.raises(BrokenSeal):
        SEAL.open(text)


def test_seals_within_a_text_are_read() -> None:
    key = f"invoice|K-1|EUR|DE|{SEAL.close('Lager')}/2026-10-01"
    assert read_through(key, SEAL.open) == "invoice|K-1|EUR|DE|Lager/2026-10-01"
    assert read_through(key, lambda _: None) == f"invoice|K-1|EUR|DE|{ERASED}/2026-10-01"


def test_a_master_key_says_nothing_of_itself() -> None:
    assert MASTER.secret.hex() not in f"{MASTER!r} {MASTER} {MASTER.key_id}"
    assert MASTER.key_id != MasterKey(bytes(32)).key_id


def test_a_kept_key_is_for_its_owner_only_and_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "keys" / "cleanbill.key"
    monkeypatch.setenv("CLEANBILL_KEY_FILE", str(place))
    master_key.keep(place, MASTER.secret)
    assert place.stat().st_mode & 0o777 == 0o600
    master_key.keep(place, bytes(32))
    assert master_key.master_key() == MASTER
    assert [f.name for f in place.parent.iterdir()] == ["cleanbill.key"]
    assert master_key.right_key(MASTER.key_id) == MASTER
    with pytest.raises(MasterKeyError, match="another master key"):
        master_key.right_key(MasterKey(bytes(32)).key_id)


@pytest.mark.parametrize("content", ["", "zz", "00" * 31, "00" * 33])
def test_what_is_no_key_is_refused_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    place = tmp_path / "cleanbill.key"
    monkeypatch.setenv("CLEANBILL_KEY_FILE", str(place))
    with pytest.raises(MasterKeyError, match=r"not at .*cleanbill\.key.*CLEANBILL_KEY_FILE"):
        master_key.master_key()
    place.write_text(content)
    with pytest.raises(MasterKeyError, match="64 hexadecimal digits"):
        master_key.master_key()
