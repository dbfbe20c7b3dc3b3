"""Staff, as the console's tests have them."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.console.conftest import browser, instance, staff, staff_with
from tests.sign_in.coming import DORA
from tests.sign_in.provider import CLIENT, SECRET, Provider

__all__ = ["browser", "instance", "staff", "staff_with"]


@pytest.fixture
def provider(settings: Any) -> Iterator[Provider]:
    """The provider, switched on in the settings."""
    with Provider(dict(DORA)) as running:
        settings.OIDC_ISSUER = running.url
        settings.OIDC_NAME = "Example login"
        settings.OIDC_RP_CLIENT_ID, settings.OIDC_RP_CLIENT_SECRET = CLIENT, SECRET
        settings.OIDC_OP_AUTHORIZATION_ENDPOINT = f"{running.url}/authorize"
        settings.OIDC_OP_TOKEN_ENDPOINT = f"{running.url}/token"
        settings.OIDC_OP_USER_ENDPOINT = ""
        settings.OIDC_OP_JWKS_ENDPOINT = f"{running.url}/jwks"
        settings.OIDC_ROLES = "p13n-admins=administrator; p13n-editors=editor; shop=publisher@1; shop=viewer@1"
        settings.AUTHENTICATION_BACKENDS = [*settings.AUTHENTICATION_BACKENDS, "sign_in.provider.ProviderBackend"]
        yield running
