"""Work ahead, and side by side, in threads: what a consumer needs next is made while it works.

Made for two sides that hardly want the interpreter: columns that are computed, and a database that
is written. Only data cross over; the iterator must not touch anything that belongs to a thread.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from queue import Empty, Queue
from threading import Event, Thread
from typing import TypeVar, cast

S = TypeVar("S")
T = TypeVar("T")
_END = object()


def ahead(items: Iterable[T], waiting: int = 1) -> Iterator[T]:
    """Yield the items in their order; up to ``waiting`` of them are ready ahead of the consumer.

    Whatever the iterator raises is raised here, in its place. When the consumer stops early, the
    thread ends after the item it is working on.
    """
    queue: Queue[tuple[object, BaseException | None]] = Queue(maxsize=waiting)
    stopped = Event()

    def work() -> None:
        last: tuple[object, BaseException | None] = (_END, None)
        try:
            for item in items:
                queue.put((item, None))
                if stopped.is_set():
                    return
        except BaseException as error:
            last = (_END, error)
        queue.put(last)

    thread = Thread(target=work, name="ahead", daemon=True)
    thread.start()
    try:
        while True:
            item, error = queue.get()
            if error is not None:
                raise error
            if item is _END:
                return
            yield cast(T, item)
    finally:
        stopped.set()
        while thread.is_alive():
            # The thread may wait for room: make some until it has seen that nobody listens.
            with suppress(Empty):
                queue.get_nowait()
            thread.join(timeout=1)


def beside(items: Iterable[S], made: Callable[[S], T], at_once: int = 2) -> Iterator[T]:
    """Yield what ``made`` makes of each item, in their order; up to ``at_once`` are being made.

    Items are taken by the caller's thread, one for every place that is free, so that no more than
    ``at_once`` are in memory beside the one in use. Whatever ``made`` raises is raised here, in its
    place. When the consumer stops early, what has begun is waited for.
    """
    begun: deque[Future[T]] = deque()
    with ThreadPoolExecutor(at_once, thread_name_prefix="beside") as pool:
        try:
            for item in items:
                begun.append(pool.submit(made, item))
                if len(begun) == at_once:
                    yield begun.popleft().result()
            while begun:
                yield begun.popleft().result()
        finally:
            for future in begun:
                future.cancel()
