"""An instance's page says on how many processes its live version is."""

from __future__ import annotations

import pytest

from personalization.control_reader import ControlReader
from personalization.heartbeat import Heartbeat
from personalization.snapshot_loader import SnapshotLoader
from provisioning.services import upload_configuration
from routing.models import Instance
from tests.console.pages import SHOP, Visitor
from tests.world import ACTOR
from tokens.services import issue_token


@pytest.fixture
def _pushed(instance: Instance) -> None:
    issue_token(instance=instance, name="web", actor=ACTOR)
    upload_configuration(instance=instance, text=SHOP, actor=ACTOR, push=True)


def beat(processes: int) -> None:
    current = SnapshotLoader().load(ControlReader().read(), at=0)
    for _ in range(processes):
        Heartbeat().beat(current)


@pytest.mark.usefixtures("_pushed")
@pytest.mark.parametrize(("processes", "says"), [(0, "no process"), (1, "1 of 1 process"), (2, "2 of 2 processes")])
def test_instance__pushed__says_where_it_is_live(staff: Visitor, instance: Instance, processes: int, says: str) -> None:
    beat(processes)
    assert f"Live on {says}" in " ".join(staff.get("routing_instance_change", instance.pk).text.split())


@pytest.mark.usefixtures("_pushed")
def test_instance__pushed_again__is_not_live_until_the_process_says_so(staff: Visitor, instance: Instance) -> None:
    beat(1)
    upload_configuration(instance=instance, text=f"{SHOP}# again\n", actor=ACTOR, push=True)
    assert "0 of 1 process" in staff.get("routing_instance_change", instance.pk).text
