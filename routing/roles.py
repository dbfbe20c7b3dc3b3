"""The roles of staff, and what each may do: the one table that the console, the API and the documentation follow.

Each role may do what the one before may, and more. Permissions are Django's, by their names: those of apps that stand
above this one too.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import accumulate

VIEWER, EDITOR, PUBLISHER, ADMINISTRATOR = "viewer", "editor", "publisher", "administrator"

_MORE: Mapping[str, frozenset[str]] = {
    VIEWER: frozenset(
        {
            *("routing.view_account", "routing.view_instance", "routing.view_destination"),
            *("tokens.view_accesstoken", "tokens.view_apikey", "routing.view_historyentry"),
            *("provisioning.view_configurationversion", "provisioning.view_push", "provisioning.view_draft"),
            *("provisioning.view_approvalrequest", "provisioning.view_scheduledpush", "provisioning.view_pushpolicy"),
        }
    ),
    EDITOR: frozenset(
        {
            *("routing.change_instance", "routing.add_destination", "routing.delete_destination"),
            *("tokens.add_accesstoken", "tokens.change_accesstoken", "tokens.add_apikey", "tokens.change_apikey"),
            *("provisioning.change_draft", "provisioning.add_configurationversion"),
        }
    ),
    PUBLISHER: frozenset(
        {
            *("provisioning.add_push", "provisioning.change_approvalrequest"),
            "personalization.view_profile",
        }
    ),
    ADMINISTRATOR: frozenset(
        {
            *("routing.add_account", "routing.change_account", "routing.add_instance"),
            *("routing.view_staffrole", "routing.change_staffrole"),
            *("tokens.provision_apikey", "tokens.operator_apikey"),
            "provisioning.change_pushpolicy",
            *("personalization.export_profile", "personalization.erase_profile"),
        }
    ),
}

ROLES: Mapping[str, frozenset[str]] = dict(
    zip(_MORE, accumulate(_MORE.values(), lambda less, more: less | more), strict=True)
)
