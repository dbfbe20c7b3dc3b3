"""The working draft of an instance: saved whatever its problems, pushed only as it was seen."""

from __future__ import annotations

from hashlib import sha256

import pytest

from p13nadmin.api.errors import Conflict, PreconditionFailed
from provisioning.models import ConfigurationVersion, Draft, Push
from provisioning.moving import InvalidConfiguration
from provisioning.services import push_draft, push_version, save_draft, upload_configuration
from routing.models import Instance
from tests.provisioning.configurations import TOKEN, WITH_THREE_MISTAKES, configuration, numbered
from tests.world import ACTOR
from tokens.services import issue_token


def test_save__broken_text__kept_with_its_token_as_digest(instance: Instance) -> None:
    issue_token(instance=instance, name="own", token=TOKEN, actor=ACTOR)

    draft = save_draft(instance=instance, text=f"keys: [\n# {TOKEN}", revision=None, actor="anna")

    assert draft.text == f"keys: [\n# sha256:{sha256(TOKEN.encode()).hexdigest()}"
    assert (draft.revision, draft.updated_by) == (1, "anna")


def test_save__listed_before_it_is_registered__kept_as_digest_and_good_once_it_is(instance: Instance) -> None:
    text = configuration(token=TOKEN)

    draft = save_draft(instance=instance, text=text, revision=None, actor="anna")

    assert draft.text == text.replace(TOKEN, f"sha256:{sha256(TOKEN.encode()).hexdigest()}")
    with pytest.raises(InvalidConfiguration):
        push_draft(instance=instance, actor="anna")
    issue_token(instance=instance, name="own", token=TOKEN, actor=ACTOR)
    assert push_draft(instance=instance, actor="anna").push


def test_save__someone_saved_meanwhile__refused_and_theirs_kept(instance: Instance) -> None:
    save_draft(instance=instance, text="one", revision=None, actor="anna")
    save_draft(instance=instance, text="two", revision=1, actor="ben")

    with pytest.raises(PreconditionFailed, match="ben saved this draft meanwhile"):
        save_draft(instance=instance, text="three", revision=1, actor="anna")

    assert Draft.objects.get().text == "two"


def test_push__a_valid_draft__frozen_as_the_next_version_and_live(instance: Instance) -> None:
    upload_configuration(instance=instance, text=numbered(1), actor=ACTOR, push=True)
    save_draft(instance=instance, text=numbered(2), revision=None, actor="anna")

    pushed = push_draft(instance=instance, actor="anna", note="spring", revision=1, if_match="1")

    assert pushed.push is not None
    assert (pushed.version.number, pushed.version.text, pushed.push.number) == (2, numbered(2), 2)
    assert pushed.push.note == "spring"


@pytest.mark.parametrize(("revision", "if_match"), [(1, None), (3, None), (2, "0"), (2, "2")])
def test_push__not_what_was_seen__nothing_moves(instance: Instance, revision: int, if_match: str | None) -> None:
    upload_configuration(instance=instance, text=numbered(1), actor=ACTOR, push=True)
    save_draft(instance=instance, text=numbered(2), revision=None, actor="anna")
    save_draft(instance=instance, text=numbered(3), revision=1, actor="ben")

    with pytest.raises(PreconditionFailed):
        push_draft(instance=instance, actor="anna", revision=revision, if_match=if_match)

    assert (ConfigurationVersion.objects.count(), Push.objects.count()) == (1, 1)


def test_push__broken_draft__every_problem_and_nothing_stored(instance: Instance) -> None:
    save_draft(instance=instance, text=WITH_THREE_MISTAKES, revision=None, actor="anna")

    with pytest.raises(InvalidConfiguration) as caught:
        push_draft(instance=instance, actor="anna")

    assert len(caught.value.check.errors) >= 3
    assert not ConfigurationVersion.objects.exists()


@pytest.mark.parametrize("text", [None, "", " \n"])
def test_push__no_draft__conflict(instance: Instance, text: str | None) -> None:
    if text is not None:
        save_draft(instance=instance, text=text, revision=None, actor="anna")

    with pytest.raises(Conflict, match="no draft"):
        push_draft(instance=instance, actor="anna")


GOLDEN = """\
tests:
  - name: a returning visitor
    steps:
      - post: your_database/pageviews
        event: {td_client_id: "202", some_key: dogs}
        offers: {preferences_known: {td_client_id: "202", preferences: %s}}
"""


def test_upload__golden_test_that_holds__stored(instance: Instance) -> None:
    text = configuration() + GOLDEN % "dogs"

    assert upload_configuration(instance=instance, text=text, actor=ACTOR).version.number == 1


def test_upload__golden_test_that_fails__an_error_at_its_line(instance: Instance) -> None:
    text = configuration() + GOLDEN % "cats"

    with pytest.raises(InvalidConfiguration) as caught:
        upload_configuration(instance=instance, text=text, actor=ACTOR, push=True)

    (error,) = caught.value.check.errors
    assert (error.code, error.path) == ("test-failed", "tests[0].steps[0]")
    assert text.splitlines()[error.line - 1].strip().startswith("- post:")
    assert "dogs" in error.message
    assert not ConfigurationVersion.objects.exists()


def test_push__golden_test_that_fails_by_now__refused(instance: Instance) -> None:
    text = configuration().replace(
        'offers:\n  - name: "pref', 'offers:\n  - ends_at: 2999-01-01T00:00:00Z\n    name: "pref'
    )
    version = upload_configuration(instance=instance, text=text + GOLDEN % "dogs", actor=ACTOR).version

    push, check = push_version(instance=instance, version=version.number, actor=ACTOR)

    assert push.version == version
    assert not check.errors
