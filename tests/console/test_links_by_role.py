"""What needs attention and the set-up: nobody is led to a page that they may not open, in whichever account."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from urllib.parse import urljoin

import pytest
from django.utils import timezone

from personalization.attention import FINDERS
from provisioning.approvals import request_approval
from provisioning.models import ScheduledPush
from provisioning.schedules import plan_push, run_due
from provisioning.services import upload_configuration
from routing.models import Instance
from routing.services import change_destinations
from tests.console.pages import SHOP, Visitor
from tests.console.traffic import be_busy, come
from tests.security.role_world import Staff
from tests.world import ACTOR, an_instance
from tokens.services import issue_key, issue_token

pytestmark = pytest.mark.django_db
IN_A_WEEK = timezone.now() + timedelta(days=7)


def _needy(account: int) -> Instance:
    """An instance with one of everything that needs attention, beside one where nothing is live."""
    made = an_instance(account, 8)
    an_instance(account, 9)
    change_destinations(instance=made, add=[("shop", "pageviews"), ("shop", "silent")], actor=ACTOR)
    issue_token(instance=made, name="web", actor=ACTOR)
    issue_key(account=made.account, name="backend", scope="ingest", actor=ACTOR, expires_at=IN_A_WEEK)
    upload_configuration(instance=made, text=SHOP, actor=ACTOR, push=True)
    be_busy(Instance.objects.select_related("live_summary").get(pk=made.pk))
    come(made, 3, code=3001)
    for number in (2, 3):
        upload_configuration(instance=made, text=f"{SHOP}# {number}\n", actor=ACTOR)
    plan_push(instance=made, version=2, at=timezone.now() + timedelta(hours=1), actor=ACTOR)
    ScheduledPush.objects.update(at=timezone.now() - timedelta(minutes=1), planned_on=None)
    list(run_due())
    request_approval(instance=made, version=3, actor=ACTOR)
    return made


def _links(visitor: Visitor, path: str) -> Iterator[str]:
    page = visitor.get(path)
    assert page.status == 200, path
    for link in page.links:
        url = urljoin(page.url, unescape(link)).partition("#")[0]
        if url.startswith("/admin/") and "log" not in url:
            yield url


@pytest.mark.parametrize(
    "staff",
    [
        Staff(first="editor", second="viewer"),
        Staff(first="viewer", second="editor"),
        Staff(first="publisher", everywhere="viewer"),
        Staff(first="administrator", second="viewer"),
    ],
    ids=str,
)
def test_links_of_the_overview_and_of_instances__each_leads_to_a_page_that_opens(staff: Staff) -> None:
    instances = [_needy(1), _needy(2)]
    visitor = Visitor(staff.signed_in())
    pages = ["/admin/", *(f"/admin/?needs={kind}" for kind in FINDERS)]
    pages += [each.get_absolute_url() for each in Instance.objects.all()]
    links = {link: path for path in pages for link in _links(visitor, path)}
    refused = [(path, link) for link, path in links.items() if visitor.client.get(link).status_code in (403, 404)]
    assert refused == []
    mine = instances[0] if staff.rank(1) > staff.rank(2) else instances[1]
    assert f"/admin/routing/destination/add/?instance={mine.label}&table=shop/page_views" in links
    assert f"/admin/routing/instance/{mine.pk}/draft/" in links


def test_needs__each_kind_is_there(db: None) -> None:
    """Else the test above would look at less than it says."""
    _needy(1)
    text = Visitor(Staff(everywhere="administrator").signed_in()).get("/admin/").text
    said = (
        *("failed 12 times", "is held", "waits for approval", "page_views", "The API key “backend”", "“web” expires"),
        *("No event of shop/silent", "Nothing is live", "“winter” ended", "was never used"),
    )
    assert [each for each in said if each not in text] == []
