"""An instance that is ready for configurations, and callers of its API."""

from __future__ import annotations

import pytest

from routing.models import Instance
from routing.services import change_destinations
from tests.http import Api
from tests.world import ACTOR, a_caller, an_instance
from tokens.services import issue_token


@pytest.fixture
def instance(db: None) -> Instance:
    """Instance 1/8 with the destination `your_database.pageviews` and the token `web`."""
    made = an_instance(1, 8)
    change_destinations(instance=made, actor=ACTOR, add=[("your_database", "pageviews")])
    issue_token(instance=made, name="web", actor=ACTOR)
    return made


@pytest.fixture
def api(instance: Instance) -> Api:
    """A caller with a key of the scope `provision` for account 1."""
    return a_caller()
