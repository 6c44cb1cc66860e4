"""Work ahead: the same items in the same order, errors in place, and no thread left behind."""

from __future__ import annotations

import threading
import time

import pytest

from cleanbill.engine.ahead import ahead


def idle() -> bool:
    for _ in range(100):
        if not any(thread.name == "ahead" for thread in threading.enumerate()):
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
