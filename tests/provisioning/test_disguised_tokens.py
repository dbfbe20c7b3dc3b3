"""An issued token is kept in no draft, version or note, however it is written."""

from __future__ import annotations

import pytest

from provisioning.language.disguised_tokens import first_disguised, redact_disguised
from provisioning.models import ConfigurationVersion
from provisioning.moving import InvalidConfiguration, redacted_text
from provisioning.services import save_draft, upload_configuration
from tests.provisioning.language.checking import DASHED_TOKEN, TOKEN, TOKEN_DIGEST
from tests.world import ACTOR, an_instance
from tokens.services import issue_token

STORED = f"sha256:{TOKEN_DIGEST}"
HALF, REST = TOKEN[:16], TOKEN[16:]
ESCAPED = "\\x65" + TOKEN[1:]
ALL_ESCAPED = "".join(f"\\u{ord(digit):04x}" for digit in TOKEN)

# Each with the token written so that its 32 digits do not stand in a row.
SMUGGLED = [
    f'description: "{ESCAPED}"',
    f'description: "{ALL_ESCAPED}"',
    'description: "' + "".join(f"\\U{ord(digit):08X}" for digit in TOKEN.upper()) + '"',
    f'description: "{TOKEN[:8]}\\x2d{TOKEN[8:]}"',
    f'description: "{HALF}\\\n  {REST}"',
    f"description: >-\n  {HALF}\n  {REST}\n",
    f"description: {HALF}\n  {REST}\n",
    f"description: |\n  {HALF}\r\n  {REST}\r\n",
    f"# {HALF}\n# {REST}\n",
    f'"{ESCAPED}": 1',
    f"? {HALF}\n  {REST}\n: 1",
    f'a: &{HALF}-{REST} "x"',
    f'a: !t &a "{ESCAPED}"\nb: *a',
    f"url: https://x.example/%65{TOKEN[1:]}",
    "url: https://x.example/" + "".join(f"%{ord(digit):02X}" for digit in TOKEN.upper()),
    f"value: ${{'{HALF}' + '{REST}'}}",
    f"value: ${{'\\u{{65}}{TOKEN[1:]}'}}",
    f"value: ${{`{HALF}${{''}}{REST}`}}",
    f"html: '&#101;{TOKEN[1:]}'",
    f"html: '&#x65;{TOKEN[1:]}'",
    f"html: '{HALF}&#x2d;{REST}'",
    f"a: [{', '.join(TOKEN)}]",
    f"a: {HALF} {REST}",
    f"a: {HALF}\u200b{REST}",
    f"a: {HALF}\u2013{REST}",
    f'a: "{HALF}\\t\\n{REST}',
    f"a: %{TOKEN[0:2]}%{TOKEN[2:20]}%{TOKEN[20:]}",
    f"a: {DASHED_TOKEN.replace('-', '--').upper()}",
    f"][: !!{ESCAPED}\n\t{{",
    f"{ESCAPED}{ESCAPED}",
    f"a: %{TOKEN[:2]}\\x{ord(TOKEN[2]):02x}{TOKEN[3:]}",
    f"a: \\u{{{TOKEN[:6]}}}\\x{ord(TOKEN[6]):02x}{TOKEN[7:]}",
]


def issued_only_the_token(digests: frozenset[str]) -> frozenset[str]:
    return digests & {TOKEN_DIGEST}


def plain(text: str) -> str:
    """What is left of a text when nothing but its letters and digits counts."""
    return "".join(char for char in text.lower() if char.isalnum() and char.isascii())


@pytest.mark.parametrize("text", SMUGGLED)
def test_redact_disguised__a_token_in_any_dress__gives_way_to_its_digest(text: str) -> None:
    redacted = redact_disguised(text, issued_only_the_token)

    assert STORED in redacted
    assert not any(digits in plain(redacted) for digits in (TOKEN, HALF, REST, TOKEN[1:]))
    assert redact_disguised(redacted, issued_only_the_token) == redacted
    assert first_disguised(redacted, issued_only_the_token) is None


@pytest.mark.parametrize("text", SMUGGLED)
def test_redact_disguised__what_stands_around__stays(text: str) -> None:
    redacted = redact_disguised(f"before: 1\n{text}\nafter: z\n", issued_only_the_token)

    assert redacted.startswith("before: 1\n")
    assert redacted.endswith("\nafter: z\n")


@pytest.mark.parametrize("text", ["", HALF, f"{HALF} x {REST}", f"{HALF}z{REST}", STORED, TOKEN[::-1], "%e6\\u" * 99])
def test_redact_disguised__other_digits__stay(text: str) -> None:
    assert redact_disguised(text, issued_only_the_token) == text


@pytest.mark.parametrize("unit", ["\\x2d", "%2d", "&#x2d;a", "a ", "a", "%41", f"{'a%2d' * 31}z", "\\u{2d", "&aaaaaaa"])
def test_redact_disguised__a_long_text_of_what_may_be_digits__is_read_once(unit: str) -> None:
    text = unit * (200_000 // len(unit))
    assert redact_disguised(text, issued_only_the_token) == text


def test_first_disguised__where_it_begins() -> None:
    assert first_disguised(f'a: 1\nb: "x{ESCAPED}"', issued_only_the_token) == 10


def test_redact_disguised__very_long_runs__ask_in_batches() -> None:
    asked: list[int] = []

    def issued(digests: frozenset[str]) -> frozenset[str]:
        asked.append(len(digests))
        return frozenset()

    redact_disguised("1," * 20_000, issued)

    assert max(asked) <= 5000
    assert len(asked) == 4


@pytest.mark.django_db
@pytest.mark.parametrize("text", SMUGGLED)
def test_draft_and_note__with_a_smuggled_token__keep_its_digest(text: str) -> None:
    instance = an_instance()
    issue_token(instance=instance, name="web", token=TOKEN, actor=ACTOR)

    draft = save_draft(instance=instance, text=f"{text}\n", revision=None, actor=ACTOR)

    assert STORED in draft.text
    assert STORED in redacted_text(text)
    assert REST not in plain(draft.text)


CONFIGURATION = "keys: [a]\nevents: [{{name: page, database: shop, table: pages}}]\n{}\n"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text",
    [
        f"description: {HALF} {REST}",
        f"description: >-\n  {HALF}\n  {REST}",
        f"# {HALF}\n# {REST}",
        f"attributes: [{{name: b, type: single, event: page, value: \"${{'{HALF}' + '{REST}'}}\"}}]",
        f"attributes: [{{name: b, type: single, event: page, value: \"${{'\\\\x65{TOKEN[1:]}'}}\"}}]",
        f"activations: [{{name: b, event: page, webhook: {{url: 'https://x.example/%65{TOKEN[1:]}', body: {{}}}}}}]",
    ],
)
def test_upload__with_a_smuggled_token__is_refused_at_its_line(text: str) -> None:
    instance = an_instance()
    issue_token(instance=instance, name="web", token=TOKEN, actor=ACTOR)

    with pytest.raises(InvalidConfiguration) as refused:
        upload_configuration(instance=instance, text=CONFIGURATION.format(text), actor=ACTOR)

    [problem] = [each for each in refused.value.check.problems if each.severity == "error"]
    assert (problem.code, problem.line) == ("disguised-token", 4 if ">-" in text else 3)
    assert HALF not in str(problem.as_dict())
    assert not ConfigurationVersion.objects.exists()


@pytest.mark.django_db
def test_upload__note_with_a_smuggled_token__keeps_its_digest() -> None:
    instance = an_instance()
    issue_token(instance=instance, name="web", token=TOKEN, actor=ACTOR)

    upload_configuration(
        instance=instance, text=CONFIGURATION.format(f"# {TOKEN}"), actor=ACTOR, note=f"for {HALF}\n{REST}"
    )

    version = ConfigurationVersion.objects.get()
    assert (version.note, STORED in version.text) == (f"for {STORED}", True)
