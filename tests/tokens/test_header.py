"""Reading what callers send, strictly."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokens.header import digest, is_uuid4, normalise_token, read_key_header, read_token_header

UUID = "e65d8a9d-f209-4f02-b84c-d660efff6f27"
HEX = UUID.replace("-", "")
KEY = "abcdef" + "0" * 34


@pytest.mark.parametrize("written", [HEX, HEX.upper()])
def test_token_header__well_formed__its_parts(written: str) -> None:
    read = read_token_header(f"1/8/{written}")

    assert read is not None
    assert (read.account, read.instance, read.digest) == (1, 8, sha256(HEX.encode()).hexdigest())


@pytest.mark.parametrize(
    "value",
    [
        "",
        HEX,
        f"8/{HEX}",
        f"1/8/{HEX[:-1]}",
        f"1/8/{HEX}0",
        f"1/8/{UUID}",
        f"1/8/{HEX}\n",
        f" 1/8/{HEX}",
        f"1/8/{HEX} ",
        f"1/ 8/{HEX}",
        f"01/8/{HEX}",
        f"1/08/{HEX}",
        f"+1/8/{HEX}",
        f"-1/8/{HEX}",
        f"1.0/8/{HEX}",
        f"/8/{HEX}",
        f"1//{HEX}",
        f"١/8/{HEX}",
        f"1/8/{'٣' * 32}",
        f"1/8/{'g' * 32}",
        f"1/8/9/{HEX}",
        f"{'9' * 19}/8/{HEX}",
        f"1\\8\\{HEX}",
        f"TD1 1/8/{HEX}",
    ],
)
def test_token_header__near_miss__none(value: str) -> None:
    assert read_token_header(value) is None


def test_key_header__well_formed__its_parts() -> None:
    read = read_key_header(f"TD1 1/{KEY}")

    assert read is not None
    assert (read.account, read.digest) == (1, sha256(KEY.encode()).hexdigest())


@pytest.mark.parametrize(
    "value",
    [
        "",
        "TD1",
        "TD1 ",
        KEY,
        f"TD1 {KEY}",
        f"td1 1/{KEY}",
        f"TD1  1/{KEY}",
        f"TD1\t1/{KEY}",
        f"TD1 1/{KEY}\n",
        f"TD1 1/{KEY} x",
        f"TD1 01/{KEY}",
        f"TD1 ١/{KEY}",
        f"TD1 1/{KEY}\xe9",
        "TD1 1/short",
        f"TD1 1/{'a' * 257}",
        f"Basic 1/{KEY}",
        f" TD1 1/{KEY}",
    ],
)
def test_key_header__near_miss__none(value: str) -> None:
    assert read_key_header(value) is None


@given(value=st.text(alphabet=st.characters(codec="latin-1")) | st.text())
def test_headers__any_text__read_or_none(value: str) -> None:
    for read in (read_token_header(value), read_key_header(value)):
        assert read is None or len(read.digest) == 64


@given(account=st.integers(0, 10**18 - 1), instance=st.integers(0, 10**18 - 1), token=st.uuids())
def test_token_header__any_numbers__come_back(account: int, instance: int, token: object) -> None:
    read = read_token_header(f"{account}/{instance}/{str(token).replace('-', '')}")

    assert read is not None
    assert (read.account, read.instance) == (account, instance)


@pytest.mark.parametrize("header", [f"1/8/{HEX}", f"TD1 1/{KEY}"])
def test_read_header__repr__holds_no_digest(header: str) -> None:
    read = read_token_header(header) or read_key_header(header)

    assert read is not None
    assert read.digest not in repr(read)


@pytest.mark.parametrize("written", [HEX, UUID, HEX.upper(), UUID.upper(), f"  {UUID}\n"])
def test_normalise_token__any_form__32_digits(written: str) -> None:
    assert normalise_token(written) == HEX


@pytest.mark.parametrize(
    "written",
    [
        "",
        HEX[:-1],
        HEX + "0",
        "{" + UUID + "}",
        f"urn:uuid:{UUID}",
        UUID.replace("-", " "),
        HEX[:8] + "-" + HEX[8:],
        "٣" * 32,
    ],
)
def test_normalise_token__near_miss__none(written: str) -> None:
    assert normalise_token(written) is None


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        (HEX, True),
        (HEX[:12] + "1" + HEX[13:], False),
        (HEX[:16] + "7" + HEX[17:], False),
        (HEX[:16] + "c" + HEX[17:], False),
        ("0" * 32, False),
        ("f" * 32, False),
    ],
)
def test_is_uuid4__version_and_variant__decide(token: str, expected: bool) -> None:
    assert is_uuid4(token) is expected


@given(token=st.uuids(version=4))
def test_is_uuid4__every_version_4__is(token: object) -> None:
    assert is_uuid4(str(token).replace("-", ""))


def test_digest__the_tokens_32_digits__sha256() -> None:
    assert digest(HEX) == sha256(HEX.encode("ascii")).hexdigest()
