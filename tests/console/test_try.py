"""Try it: the answer and its reasons on one page, and keeping them as a golden test."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from provisioning.models import ConfigurationVersion, Draft
from provisioning.services import save_draft, upload_configuration
from routing.models import Instance
from tests.console.pages import SHOP, Page, StaffWith, Visitor
from tests.world import ACTOR
from tokens.services import issue_token

TRIED = {"version": "live", "table": "shop/pageviews", "path": "private", "event": '{"td_client_id": "202"}'}
LIKES = {**TRIED, "event": '{"td_client_id": "202", "some_key": "dogs"}'}
SECRET = "0123456789abcdef0123456789abcdef"
LINE = (
    f"curl -i -H 'Content-Type: application/json' -H 'WP13n-Token: 1/8/{SECRET}' -H 'Authorization: TD1 1/{SECRET}' "
    '-d \'{"td_client_id": "7", "some_key": "cats"}\' https://p13n.example.com/public/shop/pageviews'
)


@pytest.fixture
def live(instance: Instance) -> Instance:
    """The shop's configuration, live."""
    issue_token(instance=instance, name="web", actor=ACTOR)
    upload_configuration(instance=instance, text=SHOP, actor=ACTOR, push=True)
    return instance


def tried(visitor: Visitor, instance: Instance, **changes: str) -> Page:
    return visitor.post("instance_try", instance.pk, **{**TRIED, **changes})


def test_page__first_opened__works_at_once(staff: Visitor, live: Instance) -> None:
    page = staff.get("instance_try", live.pk)
    assert (page.fields["table"], page.fields["event"]) == ("shop/pageviews", '{"td_client_id": "202"}')
    assert "looks at td_client_id , some_key" in page.text
    assert "No offers" in staff.post("instance_try", live.pk, **{**TRIED, **_sent(page)}).text


def _sent(page: Page) -> dict[str, str]:
    return {name: value for name, value in page.fields.items() if name in TRIED}


def test_trial__without_an_offer__says_why_in_one_sentence_and_with_the_values(staff: Visitor, live: Instance) -> None:
    page = tried(staff, live)
    assert page.status == 200
    assert "No offers No rule matched: of none were both `event` and `if` right." in page.text
    said = "rule 1 does not match: PROFILE.preferences.length > 0 is false, as PROFILE.preferences is []"
    assert f"not given preferences_known {said}" in page.text
    assert "if PROFILE.preferences.length > 0 = false" in page.text
    assert "EVENT.some_key = undefined" in page.text
    assert "x-p13n-version: 1 x-p13n-reason: no-rule" in page.text
    assert "Nothing was stored." in page.text


def test_trial__with_an_offer__shows_the_answer(staff: Visitor, live: Instance) -> None:
    page = tried(staff, live, **LIKES)
    assert "1 offer: preferences_known" in page.text
    assert '{ "offers": { "preferences_known": { "attributes": { "preferences": "dogs" } } } }' in page.text
    assert "x-p13n-reason" not in page.text
    assert 'class="t-hidden"> becomes </span>' in page.source


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"event": '{"some_key": "dogs"}'}, "no usable value of a key"),
        ({"event": '{"td_client_id": 1, "td_client_id": 2}'}, "turns this event away with 400 A key occurs twice"),
        ({"event": "{'td_client_id': 1}"}, "turns this event away with 400 The body is not valid JSON"),
        ({"event": '{"time": 1800000000000}'}, "seconds expected, not milliseconds"),
        ({"event": "[]"}, "must be one JSON object"),
        ({"table": "shop/others"}, "The table is not a monitored one. Register shop/others"),
    ],
)
def test_trial__of_what_gets_nothing__says_why(
    staff: Visitor, live: Instance, changes: dict[str, str], says: str
) -> None:
    assert says in tried(staff, live, **changes).text


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"event": ""}, "This field is required"),
        ({"event": "curl -d @event.json https://h/a/b"}, "from a file"),
        ({"table": "shop"}, "database/table is expected"),
        ({"version": "99"}, "Select a valid choice"),
        ({"profile": "nonsense"}, "This is not JSON"),
        ({"profile": "[1]"}, "A JSON object is expected"),
        ({"profile": '{"unknown": 1}'}, "unknown: the configuration has no such key or attribute"),
        ({"earlier": "[]"}, "event 1 would be turned away"),
        ({"earlier": "{}\n" * 51}, "At most 50 events"),
        ({"time": "tomorrow"}, "Enter a valid date/time"),
    ],
)
def test_trial__that_cannot_be_made__says_so_at_the_field(
    staff: Visitor, live: Instance, changes: dict[str, str], says: str
) -> None:
    page = tried(staff, live, **changes)
    assert page.status == 422
    assert says in page.text
    assert page.fields["table"] == changes.get("table", "shop/pageviews")


def test_trial__pasted_curl_line__fills_the_form_and_drops_the_secrets(staff: Visitor, live: Instance) -> None:
    page = tried(staff, live, event=LINE, table="shop/others")
    assert '"preferences": "cats"' in page.text
    assert page.fields["event"] == '{"td_client_id": "7", "some_key": "cats"}'
    assert page.fields["table"] == "shop/pageviews"
    assert "public path" in page.text
    assert SECRET not in page.source


@pytest.mark.parametrize("line", [LINE + " '", LINE.replace("curl", "curl --nonsense"), LINE + " -K x"])
def test_trial__curl_line_that_cannot_be_read__is_not_shown_again(staff: Visitor, live: Instance, line: str) -> None:
    page = tried(staff, live, event=line)
    assert "This line cannot be read:" in page.text
    assert SECRET not in page.source


def test_trial__with_a_profile_events_before_and_a_time__takes_them(staff: Visitor, live: Instance) -> None:
    assert '"preferences": "birds"' in tried(staff, live, profile='{"preferences": ["cats", "birds"]}').text
    assert '"preferences": "dogs"' in tried(staff, live, earlier=LIKES["event"]).text
    assert "at 2027-03-01T09:30:00Z" in tried(staff, live, time="2027-03-01T09:30").text


def test_trial__of_each_configuration__is_by_that_one(staff: Visitor, live: Instance) -> None:
    save_draft(instance=live, text=SHOP.replace("length > 0", "length == 0"), revision=None, actor=ACTOR)
    page = staff.get("instance_try", live.pk)
    choices = re.findall(r'<option value="(draft|live|\d+)"', page.source)
    assert choices == ["draft", "live", "1"]
    assert "given by rule 1" not in tried(staff, live, version="1").text
    # The data of the draft's offer is the newest item, and there is none.
    assert "its data failed" in tried(staff, live, version="draft").text


def test_trial__of_a_draft_with_errors__leads_to_the_draft(staff: Visitor, live: Instance) -> None:
    save_draft(instance=live, text=SHOP.replace("PROFILE.preferences", "PROFILE.x"), revision=None, actor=ACTOR)
    page = tried(staff, live, version="draft")
    assert page.status == 422
    assert "The draft has 2 errors; mend that first Open the draft" in page.text


def test_page__without_any_configuration__says_where_to_begin(staff: Visitor, instance: Instance) -> None:
    page = staff.get("instance_try", instance.pk)
    assert "There is no configuration to try yet. Write a draft" in page.text
    assert staff.post("instance_try", instance.pk, **TRIED).status == 422


def test_page__of_no_instance__404(staff: Visitor, db: None) -> None:
    assert staff.get("instance_try", 99).status == 404
    assert staff.get("instance_call", 99).status == 404


def test_trial__whatever_is_in_it__is_escaped(staff: Visitor, live: Instance) -> None:
    nasty = "<script>alert(1)</script>"
    page = tried(staff, live, event=f'{{"td_client_id": "202", "some_key": "{nasty}"}}', profile="")
    assert nasty not in page.source
    assert "&lt;script&gt;" in page.source


def test_trial__long_values__are_folded(staff: Visitor, live: Instance) -> None:
    page = tried(staff, live, event='{"td_client_id": "202", "some_key": "%s"}' % ("x" * 150))
    assert 'class="t-long"' in page.source


def test_trial__sensitive_values__are_marked(staff: Visitor, live: Instance) -> None:
    text = SHOP.replace("    public: true\n", "    public: true\n  - {name: mail, sensitive: true}\n")
    save_draft(instance=live, text=text, revision=None, actor=ACTOR)
    page = tried(staff, live, version="draft", event='{"td_client_id": "202", "mail": "a@example.com"}')
    assert re.search(r"mail = \"a@example\.com\" sensitive", page.text)


def test_trial__takes_few_queries(staff: Visitor, live: Instance) -> None:
    with CaptureQueriesContext(connection) as captured:
        assert tried(staff, live).status == 200
    assert len(captured.captured_queries) <= 12, "\n".join(query["sql"] for query in captured.captured_queries)


def test_trial__of_many_offers__folds_those_for_other_events(staff: Visitor, live: Instance) -> None:
    offers = "".join(
        f"  - name: offer {number}\n    set: {{event: {'pageview' if number < 3 else 'order'}, data: {{a: 1}}}}\n"
        for number in range(30)
    )
    text = SHOP.partition("attributes:")[0].replace(
        "events:\n", "events:\n  - {name: order, database: shop, table: orders}\n"
    )
    save_draft(instance=live, text=f"{text}offers:\n{offers}tokens: []\n", revision=None, actor=ACTOR)
    page = tried(staff, live, version="draft")
    assert "3 offers: offer 0, offer 1, offer 2" in page.text
    assert "27 offers wait for other events offer 3 waits for “order”; this row is “pageview”" in page.text
    assert page.source.count("given by rule 1") == 3


# Who may


def test_page__without_seeing_drafts__offers_none(staff_with: StaffWith, live: Instance) -> None:
    save_draft(instance=live, text=SHOP, revision=None, actor=ACTOR)
    visitor = staff_with("provisioning.view_configurationversion")
    page = visitor.get("instance_try", live.pk)
    assert '<option value="draft"' not in page.source
    assert tried(visitor, live, version="draft").status == 422
    found = tried(visitor, live)
    assert "Keep as a golden test" not in found.text
    assert "Take a recent event" not in found.text


def test_keep__without_changing_drafts__403(staff_with: StaffWith, live: Instance) -> None:
    visitor = staff_with("provisioning.view_configurationversion", "provisioning.view_draft")
    assert visitor.post("instance_keep", live.pk, **TRIED, name="x", at="1800000000").status == 403
    assert not Draft.objects.exists()


# Keeping


def kept(visitor: Visitor, instance: Instance, **changes: str) -> Page:
    form = {**LIKES, "name": "a visitor", "at": "1800000000.5", "revision": "0", **changes}
    return visitor.post("instance_keep", instance.pk, **form)


ADDED = """
tests:
  - name: "a visitor"
    at: 2027-01-15T08:00:00Z
    steps:
      - post: shop/pageviews
        event: {"td_client_id": "202", "some_key": "dogs"}
        offers: {"preferences_known": {"preferences": "dogs"}}
"""


def test_keep__shown_first__adds_nothing_yet(staff: Visitor, live: Instance) -> None:
    form = re.search(
        r'<form method="post" action="[^"]*/try/keep/".*?</form>', tried(staff, live, **LIKES).source, re.S
    )
    assert form
    page = kept(staff, live)
    assert '+ - name: "a visitor"' in page.text
    assert "No problems. 1 golden test passed." in page.text
    assert not Draft.objects.exists()


def test_keep__added__is_in_the_draft_which_opens_at_it(staff: Visitor, live: Instance) -> None:
    page = kept(staff, live, action="add")
    assert Draft.objects.get().text == SHOP + ADDED
    assert page.url == f"/admin/routing/instance/{live.pk}/draft/"
    assert f'data-go="{(SHOP + ADDED).count(chr(10)) - 5}"' in page.source


def test_keep__into_a_draft_with_comments_and_tests__leaves_all_else_as_it_is(staff: Visitor, live: Instance) -> None:
    text = f"# ours\n{SHOP}\ntests:   # cases\n- name: one  # first\n  steps: []\n\n# the end\n"
    save_draft(instance=live, text=text, revision=None, actor=ACTOR)
    kept(staff, live, action="add", revision="1")
    added = Draft.objects.get().text
    assert [line for line in added.splitlines() if line in text.splitlines()] == text.splitlines()
    assert added.index("# first") < added.index('- name: "a visitor"') < added.index("# the end")


def test_keep__after_earlier_events_by_the_public_path__holds_all_steps(staff: Visitor, live: Instance) -> None:
    kept(staff, live, action="add", path="public", earlier=LIKES["event"], event=TRIED["event"])
    text = Draft.objects.get().text
    assert text.count("- post: shop/pageviews\n        path: public") == 2
    assert text.count("offers:") == SHOP.count("offers:") + 1
    check = staff.get("instance_draft", live.pk).text
    assert "1 golden test passed" in check


@pytest.mark.parametrize("value", ["\u2028\x85\x7f", "😀", "{{x}} # ' \\\" : -", "\\ud83d"])
def test_keep__awkward_texts__are_the_same_when_read_again(staff: Visitor, live: Instance, value: str) -> None:
    page = kept(staff, live, event=f'{{"td_client_id": "202", "some_key": "{value}"}}')
    half = value == "\\ud83d"
    assert ("1 golden test passed" in page.text) is not half
    assert ("would turn an event away" in page.text) is half


def test_keep__name_that_is_taken__is_refused(staff: Visitor, live: Instance) -> None:
    kept(staff, live, action="add")
    page = kept(staff, live, action="add", revision="1")
    assert page.status == 422
    assert "has a test named “a visitor” already" in page.text
    assert Draft.objects.get().text.count("a visitor") == 1


def test_keep__draft_saved_meanwhile__is_refused(staff: Visitor, live: Instance) -> None:
    save_draft(instance=live, text=SHOP, revision=None, actor="somebody")
    page = kept(staff, live, action="add")
    assert page.status == 412
    assert "Somebody saved this draft meanwhile; keep it once more" in page.text
    assert Draft.objects.get().text == SHOP


def test_keep__tests_in_one_line__are_to_be_copied(staff: Visitor, live: Instance) -> None:
    save_draft(instance=live, text=SHOP + "tests: [{name: one, steps: []}]\n", revision=None, actor=ACTOR)
    page = kept(staff, live, revision="1")
    assert "Copy it into the draft." in page.text
    assert '- name: "a visitor"' in page.text


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"name": ""}, "name: This field is required"),
        ({"at": "-1"}, "at: "),
        ({"event": "[]"}, "would turn an event away"),
        ({"version": "9"}, "instance 1/8 has no version 9"),
        ({"table": "x"}, "database/table is expected"),
    ],
)
def test_keep__what_cannot_be_kept__is_refused(
    staff: Visitor, live: Instance, changes: dict[str, str], says: str
) -> None:
    page = kept(staff, live, **changes)
    assert page.status in (404, 422)
    assert says.lower() in page.text.lower()


def test_keep__opened_by_its_address__leads_to_the_trial(staff: Visitor, live: Instance) -> None:
    assert staff.get("instance_keep", live.pk, follow=True).url == f"/admin/routing/instance/{live.pk}/try/"


def test_trial__of_a_person__cannot_be_kept_and_says_why(staff: Visitor, live: Instance) -> None:
    page = tried(staff, live, profile='{"preferences": ["cats"]}')
    assert "it cannot hold a profile" in page.text
    assert "/try/keep/" not in page.source


def test_trials__however_many__make_no_version(staff: Visitor, live: Instance) -> None:
    tried(staff, live, **LIKES)
    assert ConfigurationVersion.objects.count() == 1
    assert not Draft.objects.exists()
