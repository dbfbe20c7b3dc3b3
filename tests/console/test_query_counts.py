from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from routing.models import Instance
from tests.console.crowd import ROWS
from tests.console.pages import Visitor
from tests.world import an_instance


def _queries(visitor: Visitor, route: str, *arguments: object) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        assert visitor.get(route, *arguments).status == 200
    return [query["sql"] for query in captured.captured_queries]


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
