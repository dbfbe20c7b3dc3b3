"""What disappears by a push is shown first, and typed confirmation is asked for what is in use."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from provisioning.approvals import set_push_policy
from provisioning.models import Push
from provisioning.selectors import live_version
from provisioning.services import save_draft, upload_configuration
from routing.models import Instance
from tests.console.pages import SHOP, Page, Visitor
from tests.world import ACTOR
from tokens.models import AccessToken
from tokens.services import issue_token, rotate_token

TWO_TOKENS = f"{SHOP}  - name: app\n"
WITHOUT_OFFER = SHOP[: SHOP.index("offers:")] + SHOP[SHOP.index("tokens:") :]
NO_ATTRIBUTE = SHOP[: SHOP.index("attributes:")] + SHOP[SHOP.index("offers:") :].replace(
    "PROFILE.preferences.length > 0", "EVENT.some_key != null"
).replace("${PROFILE.preferences.slice(-1)[0].value}", "${EVENT.some_key}")


@pytest.fixture
def shop(instance: Instance) -> Instance:
    """Instance 1/8 whose live version lists the tokens `web` and `app`."""
    for name in ("web", "app"):
        issue_token(instance=instance, name=name, actor=ACTOR)
    upload_configuration(instance=instance, text=TWO_TOKENS, actor=ACTOR, push=True)
    return instance


def _push_page(staff: Visitor, instance: Instance, text: str) -> Page:
    save_draft(instance=instance, text=text, revision=None, actor=ACTOR)
    return staff.get("instance_push", instance.pk)


def _confirm(staff: Visitor, page: Page, **more: str) -> Page:
    seen = {name: page.fields[name] for name in ("if_match", "revision")}
    return staff.post(page.url, note="", **seen, **more)


def _live(instance: Instance) -> int:
    version = live_version(instance)
    assert version is not None
    return version.number


def _used(name: str, ago: timedelta) -> None:
    AccessToken.objects.filter(name=name).update(last_used_at=timezone.now() - ago)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (SHOP, "Token “app” is no longer accepted: last used 2\N{NO-BREAK SPACE}minutes ago".replace("\xa0", " ")),
        (f"{NO_ATTRIBUTE}  - name: app\n", 'Attribute "preferences" is removed: read by offer "preferences_known"'),
        (f"{WITHOUT_OFFER}  - name: app\n", 'Offer "preferences_known" is removed: it is on'),
        (
            TWO_TOKENS.replace("name: preferences_known", "name: preferred"),
            'Offer "preferences_known" is removed: it is on',
        ),
        (
            TWO_TOKENS.replace("  - name: td_client_id\n    public: true", "  - name: client"),
            'Key "td_client_id" is removed: profiles are found by it',
        ),
        (
            TWO_TOKENS.replace("pageview\n", "viewed\n"),
            'Event "pageview" is removed: used by attribute "preferences", offer "preferences_known"',
        ),
    ],
)
def test_push__part_in_use_disappears__goes_on_only_when_the_label_is_typed(
    staff: Visitor, shop: Instance, text: str, says: str
) -> None:
    _used("app", timedelta(minutes=2))
    page = _push_page(staff, shop, text)
    assert says in page.text
    assert "Type 1/8 to go on" in page.text
    for typed in ("", "1/9", "yes"):
        refused = _confirm(staff, page, typed=typed)
        assert refused.status == 409
        assert "type 1/8 into the field below" in refused.text
    assert _live(shop) == 1
    assert "is live" in _confirm(staff, page, typed=" 1/8 ").text
    assert _live(shop) == 2


def test_approval__asked_for_while_a_part_in_use_disappears__needs_no_typing(staff: Visitor, shop: Instance) -> None:
    set_push_policy(instance=shop, approval_required=True, actor=ACTOR)
    asked = _confirm(staff, _push_page(staff, shop, f"{WITHOUT_OFFER}  - name: app\n"), action="ask")
    assert 'Offer "preferences_known" is removed: it is on' in asked.text
    assert "waits for approval" in asked.text


def test_push__token_not_used_lately_disappears__is_told_and_not_asked_about(staff: Visitor, shop: Instance) -> None:
    _used("app", timedelta(days=31))
    page = _push_page(staff, shop, SHOP)
    assert "not in use Token “app” is no longer accepted." in page.text
    assert "typed" not in page.fields
    _confirm(staff, page)
    assert _live(shop) == 2


def test_push__token_used_after_the_page_was_shown__is_asked_about(staff: Visitor, shop: Instance) -> None:
    page = _push_page(staff, shop, SHOP)
    assert "typed" not in page.fields
    _used("app", timedelta(seconds=5))
    refused = _confirm(staff, page)
    assert "typed" in refused.fields
    assert _live(shop) == 1


def test_push__successor_of_a_token_that_goes__is_told_as_well(staff: Visitor, shop: Instance) -> None:
    rotate_token(token=AccessToken.objects.get(name="app"), overlap=timedelta(days=7), actor=ACTOR)
    successor = AccessToken.objects.exclude(name__in=("web", "app")).get().name
    assert f"Token “{successor}” is no longer accepted" in _push_page(staff, shop, SHOP).text


def test_push__paused_offer_disappears__is_not_in_use(staff: Visitor, shop: Instance) -> None:
    paused = TWO_TOKENS.replace("name: preferences_known", "name: preferences_known\n    enabled: false")
    upload_configuration(instance=shop, text=paused, actor=ACTOR, push=True)
    page = _push_page(staff, shop, f"{WITHOUT_OFFER}  - name: app\n")
    assert 'not in use Offer "preferences_known" is removed.' in page.text
    assert "typed" not in page.fields


def test_push__attribute_of_another_type__says_that_it_starts_empty(staff: Visitor, shop: Instance) -> None:
    other = TWO_TOKENS.replace("    type: list", "    type: single").replace(".slice(-1)[0].value", "")
    page = _push_page(staff, shop, other.replace("preferences.length > 0", "preferences != null"))
    assert "The stored values of preferences start empty: its type changed" in page.text
    assert "typed" not in page.fields


def test_push__nothing_disappears__says_nothing_of_it(staff: Visitor, shop: Instance) -> None:
    assert "What disappears" not in _push_page(staff, shop, TWO_TOKENS.replace("> 0", "> 1")).text


def test_rollback__part_in_use_disappears__is_told_and_still_takes_two_clicks(staff: Visitor, shop: Instance) -> None:
    more = TWO_TOKENS.replace("offers:\n", "offers:\n  - name: hello\n    set: {event: pageview, data: {a: b}}\n")
    upload_configuration(instance=shop, text=more, actor=ACTOR, push=True)
    page = staff.get("instance_rollback", shop.pk)
    assert 'Offer "hello" is removed: it is on' in page.text
    assert "typed" not in page.fields
    _confirm(staff, page)
    assert _live(shop) == 1
    assert Push.objects.count() == 3
