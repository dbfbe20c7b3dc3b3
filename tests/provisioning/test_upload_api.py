"""`POST /provision`: uploading a configuration in every way it can come."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from provisioning.models import ConfigurationVersion, Push
from routing.models import Instance
from tests.http import Api, assert_error
from tests.provisioning.configurations import TOKEN, WITH_THREE_MISTAKES, configuration, numbered
from tests.provisioning.uploading import sent_as, upload
from tests.world import ACTOR, a_caller, an_instance
from tokens.models import AccessToken
from tokens.services import issue_token

WAYS = ["application/yaml", "application/x-yaml", "text/yaml", "text/yaml; charset=utf-8", "json", "form"]


@pytest.mark.parametrize("way", WAYS)
def test_upload__any_way__201_with_the_version(api: Api, way: str) -> None:
    response = sent_as(api, way, configuration())

    body = response.json()
    assert response.status_code == 201
    assert (body["account"], body["instance"], body["version"], body["status"]) == (1, 8, 1, "never live")
    assert body["sha256"] == sha256(configuration().encode()).hexdigest()
    assert (body["push"], body["warnings"]) == (None, [])
    assert response["Location"] == "/provision/1/8/versions/1"
    assert response["ETag"] == '"0"'
    assert ConfigurationVersion.objects.get().text == configuration()


@pytest.mark.parametrize("way", WAYS)
def test_upload__same_text_again__200_and_no_new_version(api: Api, way: str) -> None:
    first = upload(api, configuration()).json()

    again = sent_as(api, way, configuration())

    assert (again.status_code, again.json()) == (200, first)
    assert ConfigurationVersion.objects.count() == 1


def test_upload__an_older_text_again__is_a_new_version(api: Api) -> None:
    versions = [upload(api, numbered(number)).json()["version"] for number in (1, 2, 1)]

    assert versions == [1, 2, 3]


def test_upload__note_and_actor__kept(api: Api) -> None:
    body = upload(api, configuration(), "?note=spring%20sale").json()

    assert body["note"] == "spring sale"
    assert body["created_by"].startswith("key 1/provision")


def test_upload__three_mistakes__all_at_once_with_lines(api: Api) -> None:
    response = upload(api, WITH_THREE_MISTAKES)

    errors = [each for each in assert_error(response, 422)["errors"] if each["severity"] == "error"]
    found = {(each["path"], each["line"]) for each in errors}
    assert found >= {("events[0].database", 5), ("offers[0].set[0].event", 10), ("offers[0].set[0].if", 11)}
    assert all(each["code"] and each["where"] and each["column"] >= 1 for each in errors)
    assert not ConfigurationVersion.objects.exists()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"", "empty"),
        (b"# nothing\n", "empty"),
        (b"keys: [a\n", None),
        (b"\xff\xfe\x00", None),
        (b"keys:\n  - name: a\x00b\n", None),
        ("keys: [caf\u00e9]".encode("latin-1"), None),
        ("keys: [a]".encode("utf-16"), None),
        (b"[" * 25_000, None),
        (b"&a [*a]", None),
        (b"!!python/object:os.system x", None),
        (b"- just\n- a list\n", None),
        (b"5", None),
    ],
)
def test_upload__hopeless_text__422_with_a_place(api: Api, text: bytes, code: str | None) -> None:
    body = assert_error(upload(api, text), 422)

    assert body["errors"]
    assert all(each["line"] >= 1 and each["code"] for each in body["errors"])
    assert code is None or [each["code"] for each in body["errors"]] == [code]
    assert not ConfigurationVersion.objects.exists()


def test_upload__unregistered_table__warning_for_a_draft_error_for_a_push(api: Api) -> None:
    text = configuration(table="elsewhere")

    pushed = upload(api, text, "?push=true")
    stored_after_push = ConfigurationVersion.objects.count()
    drafted = upload(api, text)

    assert {each["severity"] for each in assert_error(pushed, 422)["errors"]} == {"error"}
    assert stored_after_push == 0
    assert drafted.status_code == 201
    assert [each["path"] for each in drafted.json()["warnings"]] == [pushed.json()["errors"][0]["path"]]


def test_upload_and_push__valid__live(api: Api) -> None:
    response = upload(api, configuration(), "?push=true&note=first")

    body = response.json()
    assert (response.status_code, body["status"]) == (201, "live")
    assert (body["push"]["number"], body["push"]["kind"], body["push"]["note"]) == (1, "push", "first")
    assert response["ETag"] == '"1"'


def test_upload_and_push__version_that_exists__pushed(api: Api) -> None:
    upload(api, configuration())

    response = upload(api, configuration(), "?push=true")

    assert (response.status_code, response.json()["version"], response.json()["status"]) == (200, 1, "live")


@pytest.mark.parametrize(("seen", "status"), [('"0"', 412), ('"1"', 201), ("1", 201), ('"0", "1"', 201), ("*", 201)])
def test_upload_and_push__if_match__guards(api: Api, seen: str, status: int) -> None:
    upload(api, numbered(1), "?push=true")

    response = upload(api, numbered(2), "?push=true", headers={"If-Match": seen})

    assert response.status_code == status
    assert ConfigurationVersion.objects.count() == (2 if status == 201 else 1)
    if status == 412:
        assert_error(response, 412, says="someone else pushed meanwhile")


def test_upload__token_in_the_clear__kept_as_digest_everywhere(api: Api, instance: Instance) -> None:
    issue_token(instance=instance, name="own", token=TOKEN, actor=ACTOR)
    text = f"# ask Anna for {TOKEN.upper()}\n" + configuration(token=TOKEN)

    response = upload(api, text, f"?note=with%20{TOKEN}")
    again = upload(api, text)

    row = ConfigurationVersion.objects.get()
    digest = "sha256:" + sha256(TOKEN.encode()).hexdigest()
    assert response.status_code == 201
    assert row.text == f"# ask Anna for {digest}\n" + configuration(token=digest)
    assert row.note == f"with {digest}"
    assert row.sha256 == response.json()["sha256"] == sha256(row.text.encode()).hexdigest()
    assert again.status_code == 200
    assert TOKEN not in response.content.decode().lower()


def test_upload__token_that_was_not_issued__refused_and_not_quoted(api: Api) -> None:
    response = upload(api, configuration(token=TOKEN))

    assert_error(response, 422)
    assert TOKEN not in response.content.decode()


def test_upload__token_of_another_instance__refused(api: Api) -> None:
    issue_token(instance=an_instance(1, 9), name="theirs", token=TOKEN, actor=ACTOR)

    response = upload(api, configuration(token=TOKEN), "?instance=8")

    assert_error(response, 422)
    assert TOKEN not in response.content.decode()


def test_push__token_rotated_and_expired__its_successor_keeps_the_entry_usable(api: Api) -> None:
    token = AccessToken.objects.get(name="web")
    api.post(f"/tokens/{token.pk}/rotate", {"overlap": "0m"})

    response = upload(api, configuration(), "?push=true")

    assert response.status_code == 201


def test_push__only_token_revoked__refused(api: Api) -> None:
    token = AccessToken.objects.get(name="web")
    api.post(f"/tokens/{token.pk}/revoke")

    assert_error(upload(api, configuration(), "?push=true"), 422)


def test_dry_run__valid__nothing_stored_and_the_difference_shown(api: Api) -> None:
    upload(api, configuration("old_offer"), "?push=true")

    response = upload(api, configuration("new_offer"), "?dry_run=true&push=true")

    body = response.json()
    assert response.status_code == 200
    assert set(body) == {"valid", "errors", "warnings", "report", "diff", "losses"}
    assert (body["valid"], body["errors"]) == (True, [])
    assert body["report"].startswith("Configuration of instance 1/8: ")
    assert any("new_offer" in change["text"] for change in body["diff"]["changes"])
    assert '+  - name: "new_offer"' in body["diff"]["unified"]
    assert (ConfigurationVersion.objects.count(), Push.objects.count()) == (1, 1)


def test_dry_run__mistakes__200_with_errors_and_warnings_apart(api: Api) -> None:
    elsewhere = "  - {name: other, database: not_registered, table: not_registered}\noffers:"

    response = upload(api, WITH_THREE_MISTAKES.replace("offers:", elsewhere), "?dry_run=true")

    body = response.json()
    assert (response.status_code, body["valid"]) == (200, False)
    assert {each["severity"] for each in body["errors"]} == {"error"}
    assert {each["severity"] for each in body["warnings"]} == {"warning"}
    assert all(each["message"] in body["report"] for each in (*body["errors"], *body["warnings"]))
    assert not ConfigurationVersion.objects.exists()


def test_dry_run__asked_for_as_plain_text__is_the_report_alone(api: Api) -> None:
    query = "/provision?account=1&instance=8&dry_run=true"

    response = api.send(
        "POST", query, WITH_THREE_MISTAKES, content_type="application/yaml", headers={"Accept": "text/plain"}
    )

    assert response.status_code == 200
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    text = response.content.decode()
    assert text == upload(api, WITH_THREE_MISTAKES, "?dry_run=true").json()["report"]
    assert text.startswith("Configuration of instance 1/8: 3 errors")
    assert TOKEN not in text
    assert not ConfigurationVersion.objects.exists()


def test_plain_text__nothing_is_tried__406(api: Api) -> None:
    accept = {"Accept": "text/plain"}

    for query in ("", "&dry_run=false"):
        path = f"/provision?account=1&instance=8{query}"
        assert_error(api.send("POST", path, configuration(), content_type="application/yaml", headers=accept), 406)
    assert_error(api.get("/provision?account=1", headers=accept), 406)
    assert not ConfigurationVersion.objects.exists()


def test_dry_run__not_allowed_and_asked_for_as_plain_text__the_error_is_json(api: Api) -> None:
    path = "/provision?account=2&instance=8&dry_run=true"

    response = api.send("POST", path, "a: 1", content_type="application/yaml", headers={"Accept": "text/plain"})

    assert_error(response, 403)


@pytest.mark.parametrize("text", [b"", b"keys: [a", b"\xff", b"[" * 2000])
def test_dry_run__hopeless_text__200_and_invalid(api: Api, text: bytes) -> None:
    assert upload(api, text, "?dry_run=true").json()["valid"] is False


def test_upload__instance_not_clear__422_with_the_choices(api: Api) -> None:
    an_instance(1, 9)

    assert_error(upload(api, configuration()), 422, says="1/8, 1/9")


@pytest.mark.parametrize(
    ("query", "status"), [("?account=2", 403), ("?account=2&instance=8", 403), ("?instance=7", 404)]
)
def test_upload__not_ones_own__refused(api: Api, query: str, status: int) -> None:
    an_instance(2, 8)

    assert_error(upload(api, configuration(), query), status)


@pytest.mark.parametrize("scope", ["ingest", "ingest_public"])
def test_upload__key_for_events__403(api: Api, scope: str) -> None:
    assert_error(upload(a_caller(scope), configuration()), 403)


texts = st.text(max_size=300) | st.lists(
    st.sampled_from(
        [
            *configuration().splitlines(),
            "  - ",
            "{",
            "}",
            "[",
            "]",
            "&a",
            "*a",
            "!!x",
            ": ",
            "\t",
            "'",
            '"',
            "${",
            "}",
            "- name: x",
        ]
    ),
    max_size=30,
).map("\n".join)


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=texts, query=st.sampled_from(["", "?push=true", "?dry_run=true"]), as_json=st.booleans())
def test_upload__any_text__never_a_server_error(api: Api, text: str, query: str, as_json: bool) -> None:
    body = {"configuration": text}
    response = api.post(f"/provision{query}", body) if as_json else upload(api, text.encode(), query)

    if response.status_code >= 300:
        assert response.status_code in (400, 422)
        assert_error(response, response.status_code)


def test_push__a_window_changed__warns_that_stored_values_start_empty(api: Api) -> None:
    counter = numbered(1).replace("attributes:\n", "attributes:\n  - {name: n, type: counter, event: pageview%s}\n")
    for window in ("", ", window: 7d"):
        text = counter.replace("%s", window)
        response = upload(api, text, "?push=true")
        assert response.status_code == 201, response.content

    told = [problem for problem in response.json()["warnings"] if problem["code"] == "starts-empty"]
    assert [problem["message"] for problem in told] == ["the stored values of n start empty: its window changed"]
    assert told[0]["path"] == "attributes[0]"
