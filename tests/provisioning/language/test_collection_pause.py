"""The collector rests while much is made, and never longer."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from threading import Event, Thread

import pytest

from provisioning.language.collection_pause import collection_paused
from provisioning.language.preparation import prepare
from tests.provisioning.language.checking import BASE, check, plan_of


@pytest.fixture(autouse=True)
def collector() -> Iterator[None]:
    """The collector is on before a test, and left so."""
    gc.enable()
    yield
    gc.enable()


def test_pause__within_and_after__is_off_and_on_again() -> None:
    with collection_paused():
        assert not gc.isenabled()

    assert gc.isenabled()


def test_pause__within_another__ends_with_the_outer_one() -> None:
    with collection_paused():
        with collection_paused():
            assert not gc.isenabled()
        assert not gc.isenabled()

    assert gc.isenabled()


def test_pause__left_by_an_error__is_over() -> None:
    with pytest.raises(ValueError, match="slip"), collection_paused():
        raise ValueError("slip")

    assert gc.isenabled()
    with collection_paused():
        assert not gc.isenabled()


def test_pause__collector_off_before__stays_off() -> None:
    gc.disable()

    with collection_paused():
        assert not gc.isenabled()

    assert not gc.isenabled()


def test_pause__another_thread_goes_on_longer__is_over_with_the_first() -> None:
    entered, leave = Event(), Event()

    def pause_longer() -> None:
        with collection_paused():
            entered.set()
            leave.wait(30)

    other = Thread(target=pause_longer)
    with collection_paused():
        other.start()
        assert entered.wait(30)
        assert not gc.isenabled()
    try:
        assert gc.isenabled()
    finally:
        leave.set()
        other.join()
    assert gc.isenabled()


@pytest.mark.parametrize("text", [BASE, "a: [", "", "\x00"])
def test_check__any_outcome__leaves_the_collector_on(text: str) -> None:
    check(text)

    assert gc.isenabled()


def test_check_and_prepare__a_large_configuration__start_no_collection() -> None:
    offers = "".join(
        f"  - {{name: o{n}, set: {{event: pageview, data: {{a: '${{EVENT.a + {n}}}'}}}}}}\n" for n in range(500)
    )
    text = BASE.replace("tokens:", f"{offers}tokens:")
    phases: list[str] = []

    def note(phase: str, info: dict[str, int]) -> None:
        phases.append(phase)

    gc.collect()
    gc.callbacks.append(note)
    try:
        with collection_paused():  # what comes after the pause is not counted
            prepare(plan_of(text))
            during = list(phases)
    finally:
        gc.callbacks.remove(note)

    assert during == []
