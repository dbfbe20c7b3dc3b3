from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from provisioning.models import ConfigurationVersion, Push
from provisioning.services import save_draft, upload_configuration
from routing.models import Account, Destination, Instance
from tests.console.pages import SHOP, StaffWith, Visitor
from tests.world import ACTOR, an_instance
from tokens.header import digest
from tokens.models import AccessToken, ApiKey
from tokens.services import issue_token

MOST_QUERIES = 12
ROWS = 200
LISTS = (
    "index",
    "routing_account_changelist",
    "routing_instance_changelist",
    "routing_destination_changelist",
    "tokens_accesstoken_changelist",
    "tokens_apikey_changelist",
    "provisioning_configurationversion_changelist",
    "provisioning_push_changelist",
    "routing_staffrole_changelist",
    "routing_historyentry_changelist",
    "history_week",
)
PAGES = (
    "routing_instance_change",
    "instance_details",
    "instance_draft",
    "instance_draft_state",
    "instance_draft_words",
    "instance_push",
    "instance_rollback",
    "instance_compare",
    "instance_try",
    "instance_call",
    "instance_why",
    "instance_events",
    "instance_rejections",
    "instance_recordings",
    "instance_profiles",
    "instance_offers",
    "instance_approval",
    "instance_policy",
    "instance_answers",
    "instance_traffic",
)


@pytest.fixture
def crowd(instance: Instance) -> Instance:
    """200 rows of everything, chains of successors among the tokens."""
    issue_token(instance=instance, name="web", actor=ACTOR)
    for text in (SHOP, SHOP.replace("> 0", "> 1")):
        upload_configuration(instance=instance, text=text, actor=ACTOR, push=True)
    save_draft(instance=instance, text=SHOP.replace("> 0", "> 2"), revision=None, actor=ACTOR)
    Account.objects.bulk_create(Account(number=number, name=f"Customer {number}") for number in range(10, 10 + ROWS))
    Instance.objects.bulk_create(
        Instance(account_id=10, number=number, name=f"E {number}") for number in range(1, ROWS)
    )
    Destination.objects.bulk_create(
        Destination(instance=instance, database="shop", table=f"table_{number}", created_by=ACTOR)
        for number in range(ROWS)
    )
    _tokens(instance)
    _versions(instance)
    return instance


def _tokens(instance: Instance) -> None:
    tokens = AccessToken.objects.bulk_create(
        AccessToken(instance=instance, name=f"t{number:03}", digest=digest(str(number)), created_by=ACTOR)
        for number in range(ROWS)
    )
    for number, (token, successor) in enumerate(pairwise(tokens)):
        token.successor = successor if number % 5 else None
    AccessToken.objects.bulk_update(tokens, ["successor"])
    ApiKey.objects.bulk_create(
        ApiKey(account_id=1, name=f"k{number}", digest=digest(f"k{number}"), scope="ingest", created_by=ACTOR)
        for number in range(ROWS)
    )


def _versions(instance: Instance) -> None:
    versions = ConfigurationVersion.objects.bulk_create(
        ConfigurationVersion(instance=instance, number=number, text="x" * 100, sha256="0" * 64, created_by=ACTOR)
        for number in range(10, 10 + ROWS)
    )
    Push.objects.bulk_create(
        Push(
            instance=instance,
            number=version.number,
            version=version,
            replaced=version,
            created_by=ACTOR,
            superseded_at=timezone.now() - timedelta(days=1),
        )
        for version in versions
    )


def _queries(visitor: Visitor, route: str, *arguments: object) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        assert visitor.get(route, *arguments).status == 200
    return [query["sql"] for query in captured.captured_queries]


@pytest.mark.parametrize("route", LISTS)
def test_list__of_200_rows__takes_few_queries(staff: Visitor, crowd: Instance, route: str) -> None:
    queries = _queries(staff, route)
    assert len(queries) <= MOST_QUERIES, "\n".join(queries)


@pytest.mark.parametrize("route", PAGES)
def test_instance_page__with_200_of_everything__takes_few_queries(staff: Visitor, crowd: Instance, route: str) -> None:
    queries = _queries(staff, route, crowd.pk)
    assert len(queries) <= MOST_QUERIES, "\n".join(queries)


@pytest.mark.parametrize("route", ["index", "tokens_accesstoken_changelist", "routing_instance_changelist"])
def test_list__for_staff_with_permissions__takes_few_queries(
    staff_with: StaffWith, crowd: Instance, route: str
) -> None:
    visitor = staff_with("routing.view_instance", "tokens.view_accesstoken")
    queries = _queries(visitor, route)
    assert len(queries) <= MOST_QUERIES, "\n".join(queries)


def test_list__never_reads_texts_of_configurations(staff: Visitor, crowd: Instance) -> None:
    for route in ("provisioning_configurationversion_changelist", "provisioning_push_changelist"):
        assert not [sql for sql in _queries(staff, route) if '"text"' in sql]


def test_instances__page_by_page__shows_each_once(staff: Visitor, db: None) -> None:
    an_instance(1, 1)
    Instance.objects.bulk_create(
        Instance(account_id=1, number=number, name=f"E{number:03}") for number in range(2, ROWS + 1)
    )
    pages = [staff.get("routing_instance_changelist", p=str(page)).text for page in range(1, 5)]
    seen = [number for number in range(2, ROWS + 1) for page in pages if f" E{number:03} " in page]
    assert seen == list(range(2, ROWS + 1))


@pytest.mark.skipif(connection.vendor != "sqlite", reason="reads SQLite's query plans")
@pytest.mark.parametrize(
    "route",
    [
        "index",
        "routing_account_changelist",
        "routing_instance_changelist",
        "tokens_accesstoken_changelist",
        "tokens_apikey_changelist",
        "provisioning_configurationversion_changelist",
        "provisioning_push_changelist",
    ],
)
def test_list__opened__reads_its_first_rows_by_an_index(staff: Visitor, crowd: Instance, route: str) -> None:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        staff.get(route)
    statements = [each["sql"] for each in queries if "LIMIT" in each["sql"] and "django_session" not in each["sql"]]
    assert statements
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(f"EXPLAIN QUERY PLAN {statement.replace('%', '%%')}")
            steps = [row[3] for row in cursor.fetchall()]
            assert not [step for step in steps if "TEMP B-TREE" in step], statement
