"""Finding accounts, instances and destinations within what a caller may see."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet

from p13nadmin.api.caller import Caller
from p13nadmin.api.errors import Invalid, NotAllowed, NotFound
from routing.models import Account, Destination, Instance
from routing.names import read_label

_CHOICES_SHOWN = 20
_ACCOUNTS_A_QUERY = 500


def accounts_for(caller: Caller) -> QuerySet[Account]:
    """The accounts that a caller may touch."""
    accounts = Account.objects.all()
    return accounts if caller.accounts is None else accounts.filter(number__in=caller.accounts)


def find_account(*, caller: Caller, number: int | None) -> Account:
    """The account asked for; without a number the caller's own (its key's), or the only one there is.

    Raises NotAllowed for another's account, NotFound, and Invalid listing the choices when it is not clear.
    """
    wanted = caller.home if number is None else number
    if wanted is not None and not caller.may_touch(wanted):
        raise NotAllowed(_not_theirs(caller, wanted))
    accounts = list(
        (accounts_for(caller) if wanted is None else Account.objects.filter(number=wanted))[:_CHOICES_SHOWN]
    )
    if len(accounts) == 1:
        return accounts[0]
    if wanted is not None:
        raise NotFound(f"there is no account {wanted}")
    raise _unclear("account", [str(account.number) for account in accounts])


def instances_of(account: Account) -> QuerySet[Instance]:
    """The instances of an account with what their answers show."""
    return Instance.objects.filter(account=account).select_related("account", "live_summary")


def find_instance(*, caller: Caller, account: int | None, instance: int | None) -> Instance:
    """The instance asked for; without a number the account's only one. Raises like `find_account`."""
    owner = find_account(caller=caller, number=account)
    instances = instances_of(owner)
    if instance is not None:
        instances = instances.filter(number=instance)
    found = list(instances[:_CHOICES_SHOWN])
    if len(found) == 1:
        return found[0]
    if instance is not None:
        raise NotFound(f"there is no instance {owner.number}/{instance}")
    raise _unclear("instance", [each.label for each in found])


def find_instance_by_label(label: str) -> Instance:
    """The instance written `account/instance`, for commands. Raises Invalid or NotFound."""
    numbers = read_label(label)
    if numbers is None:
        raise Invalid(f"“{label}” is not an instance; write account/instance, for example 1/8")
    account, number = numbers
    found = Instance.objects.filter(account_id=account, number=number).select_related("account").first()
    if found is None:
        raise NotFound(f"there is no instance {label}; `manage.py add_instance {label}` makes it")
    return found


def instances_by_label(labels: Iterable[tuple[int, int]]) -> dict[tuple[int, int], Instance]:
    """Those of the instances that exist, by their (account, instance) numbers."""
    wanted = set(labels)
    accounts = sorted({account for account, _ in wanted})
    found = (
        instance
        for start in range(0, len(accounts), _ACCOUNTS_A_QUERY)
        for instance in Instance.objects.filter(account_id__in=accounts[start : start + _ACCOUNTS_A_QUERY])
    )
    return {
        (instance.account_id, instance.number): instance
        for instance in found
        if (instance.account_id, instance.number) in wanted
    }


def destinations_of(instance: Instance) -> frozenset[tuple[str, str]]:
    """The (database, table) pairs that the instance monitors."""
    return frozenset(Destination.objects.filter(instance=instance).values_list("database", "table"))


def _not_theirs(caller: Caller, account: int) -> str:
    if caller.home is not None:
        return f"this key belongs to account {caller.home}, not to account {account}"
    return f"you may not do this in account {account}"


def _unclear(what: str, choices: list[str]) -> Invalid:
    if not choices:
        return Invalid(f"there is no {what} yet; create one first")
    return Invalid(
        f"say which {what}: {', '.join(choices)}", errors=[{"path": what, "message": choice} for choice in choices]
    )
