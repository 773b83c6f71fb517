"""What is sealed can be opened by its key alone, as what it is about, and by keys that came before."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from services.core.sealing import Seal, UnusableSealingKey, new_key, seal_of
from services.core.settings import Settings


def a_seal(*keys: str) -> Seal:
    return seal_of(Settings(sealing_keys=SecretStr(",".join(keys or (new_key(),)))))


@given(st.binary())
def test_what_was_sealed_opens_again_and_is_not_readable_before(text):
    seal = a_seal()

    sealed = seal.close(text, "a")

    assert seal.open(sealed, "a") == text
    assert len(text) < 4 or text not in sealed


def test_the_same_text_is_sealed_alike_but_not_about_something_else():
    seal = a_seal()

    sealed = seal.close(b"text", "a")

    assert sealed == seal.close(b"text", "a") != seal.close(b"text", "b")
    with pytest.raises(UnusableSealingKey):
        seal.open(sealed, "b")


def test_a_changed_byte_is_noticed():
    seal = a_seal()
    sealed = bytearray(seal.close(b"text", "a"))
    sealed[-1] ^= 1

    with pytest.raises(UnusableSealingKey, match="changed"):
        seal.open(bytes(sealed), "a")


def test_a_new_key_before_the_old_one_seals_and_the_old_one_still_opens():
    old, new = new_key(), new_key()
    sealed = a_seal(old).close(b"text", "a")

    both = a_seal(new, old)

    assert both.open(sealed, "a") == b"text"
    assert both.close(b"text", "a") == a_seal(new).close(b"text", "a")


def test_a_key_that_is_missing_is_named():
    sealed = a_seal().close(b"text", "a")

    with pytest.raises(UnusableSealingKey, match=sealed[:4].hex()):
        a_seal().open(sealed, "a")


@pytest.mark.parametrize("given_key", ["", "short", "!" * 88])
def test_a_key_that_is_none_is_refused(given_key):
    with pytest.raises(UnusableSealingKey, match="rorc sealing-key"):
        a_seal(given_key)


def test_without_a_set_key_one_is_made_in_the_data_folder_for_the_owner_alone(tmp_path):
    settings = Settings(data_dir=tmp_path / "new")

    sealed = seal_of(settings).close(b"text", "a")

    assert seal_of(settings).open(sealed, "a") == b"text"
    assert [(file.name, file.stat().st_mode & 0o777) for file in settings.data_dir.iterdir()] == [
        ("sealing.keys", 0o600)
    ]


def test_many_that_ask_at_once_get_the_same_key(tmp_path):
    settings = Settings(data_dir=tmp_path)

    with ThreadPoolExecutor(16) as pool:
        sealed = {seal.close(b"text", "a") for seal in pool.map(lambda _: seal_of(settings), range(16))}

    assert len(sealed) == 1
