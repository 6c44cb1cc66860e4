"""Work ahead: the same items in the same order, errors in place, and no thread left behind."""

from __future__ import annotations

import threading
import time

import pytest

from cleanbill.engine.ahead import ahead, beside


def idle() -> bool:
    for _ in range(100):
        if not any(thread.name.startswith(("ahead", "beside")) for thread in threading.enumerate()):
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize("count", [0, 1, 2, 50])
@pytest.mark.parametrize("waiting", [1, 3])
def test_items_come_in_their_order(count: int, waiting: int):
    assert list(ahead(range(count), waiting)) == list(range(count))
    assert idle()


def test_the_next_item_is_made_while_the_last_is_used():
    made = []

    def making():
        for n in range(5):
            made.append(n)
            yield n

    for n in ahead(making()):
        deadline = time.monotonic() + 5
        while len(made) < min(n + 2, 5) and time.monotonic() < deadline:
            time.sleep(0.001)
        assert len(made) >= min(n + 2, 5)


class Panic(BaseException):
    """Not an Exception, as the panics of Polars."""


@pytest.mark.parametrize("error", [ValueError, Panic])
def test_an_error_comes_behind_what_was_made_before_it(error: type[BaseException]):
    def failing():
        yield 1
        yield 2
        raise error("here")

    items = ahead(failing())
    assert [next(items), next(items)] == [1, 2]
    with pytest.raises(error, match="here"):
        next(items)
    assert idle()


@pytest.mark.parametrize("waiting", [1, 4])
def test_who_stops_early_leaves_no_thread_behind(waiting: int):
    def endless():
        n = 0
        while True:
            yield n
            n += 1

    for n in ahead(endless(), waiting):
        if n == 3:
            break
    assert idle()
    items = ahead(endless(), waiting)
    next(items)
    items.close()
    assert idle()


@pytest.mark.parametrize("count", [0, 1, 2, 50])
@pytest.mark.parametrize("at_once", [1, 2, 4])
def test_what_is_made_side_by_side_comes_in_order(count: int, at_once: int):
    def slowly(n: int) -> int:
        time.sleep(0.002 if n % 2 else 0)
        return n * n

    assert list(beside(range(count), slowly, at_once)) == [n * n for n in range(count)]
    assert idle()


def test_no_more_items_are_taken_than_there_are_places():
    taken: list[int] = []

    def items():
        for n in range(20):
            taken.append(n)
            yield n

    for n in beside(items(), lambda n: n, 3):
        assert len(taken) <= n + 3


def test_two_are_made_at_the_same_time():
    both = threading.Barrier(2, timeout=10)

    def meeting(n: int) -> int:
        both.wait()
        return n

    assert list(beside(range(4), meeting, 2)) == [0, 1, 2, 3]


@pytest.mark.parametrize("error", [ValueError, Panic])
def test_an_error_of_one_comes_behind_those_before_it(error: type[BaseException]):
    def failing(n: int) -> int:
        if n == 2:
            raise error("here")
        return n

    made = beside(range(9), failing, 2)
    assert [next(made), next(made)] == [0, 1]
    with pytest.raises(error, match="here"):
        next(made)
    assert idle()


def test_who_stops_early_leaves_no_thread_beside_it():
    made = beside(iter(int, 1), lambda n: n, 2)
    next(made)
    made.close()
    assert idle()
