"""Which permissions somebody has, and in which accounts: pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

Accounts = frozenset[int] | None  # by their numbers; None is every account


@dataclass(frozen=True, slots=True)
class Grant:
    """Permissions, each `app.codename`, in one account or (None) in every account.

    `permissions` None is all there are, but for those in `without`.
    """

    permissions: frozenset[str] | None = None
    account: int | None = None
    without: frozenset[str] = frozenset()

    def gives(self, permission: str) -> bool:
        """Whether the permission is among them."""
        return permission not in self.without and (self.permissions is None or permission in self.permissions)


@dataclass(frozen=True, slots=True)
class Reach:
    """All that somebody was granted."""

    grants: tuple[Grant, ...] = ()

    @property
    def is_limited(self) -> bool:
        """Whether it depends on the account what they may do."""
        return any(grant.account is not None for grant in self.grants)

    def may(self, permission: str, account: int | None = None) -> bool:
        """Whether they have the permission in that account; without one, in any account at all."""
        given = (grant for grant in self.grants if grant.gives(permission))
        return any(account is None or grant.account in (None, account) for grant in given)

    def may_everywhere(self, permission: str) -> bool:
        """Whether they have the permission in every account, those to come among them."""
        return any(grant.account is None and grant.gives(permission) for grant in self.grants)

    def touches(self, account: int) -> bool:
        """Whether they may do anything in that account."""
        return any(grant.account in (None, account) for grant in self.grants)

    def accounts(self, *permissions: str) -> Accounts:
        """Where they have all of the permissions; without any, what they touch."""
        if not permissions:
            return _places(self.grants)
        found: Accounts = None
        for permission in permissions:
            places = _places(grant for grant in self.grants if grant.gives(permission))
            found = places if found is None else found & (found if places is None else places)
        return found

    def accounts_with_any(self, *permissions: str) -> Accounts:
        """Where they have at least one of the permissions."""
        return _places(grant for grant in self.grants if any(map(grant.gives, permissions)))


EVERYTHING = Reach((Grant(),))


def _places(grants: Iterable[Grant]) -> Accounts:
    accounts = {grant.account for grant in grants}
    return None if None in accounts else frozenset(number for number in accounts if number is not None)
