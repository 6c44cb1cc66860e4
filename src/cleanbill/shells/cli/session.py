"""Who works here: open the store, find the organisation and the actor, turn errors into words."""

from __future__ import annotations

import getpass
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import typer
from rich.console import Console
from rich.text import Text

from cleanbill.actions.access import Actor

PIPED_WIDTH = 160
"""Columns where nobody looks: a table read by another program must not fold its numbers."""
console = Console(highlight=False, width=None if sys.stdout.isatty() else PIPED_WIDTH)
complaints = Console(stderr=True, highlight=False)

INPUT_ERROR = 2
"""Exit code when the input is wrong; 1 means that something was found, 0 that all is well."""


@dataclass
class Choice:
    """What was chosen before the command: which organisation, and whether to answer in JSON."""

    organisation: str | None = None
    as_json: bool = False
    example: str = ""


chosen = Choice()


def with_the_web() -> None:
    """Choose the settings of pages, with their tables of sessions and hashes of passwords."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "cleanbill.shells.web.settings"


def user_email() -> str:
    """Return who sits at the command line: CLEANBILL_USER, else the system's user."""
    return os.environ.get("CLEANBILL_USER") or f"{getpass.getuser()}@localhost"


def actor() -> Actor:
    """Return the actor for the chosen (or only) organisation; ends with a hint if there is none."""
    from cleanbill.store.connect import exists, open_store

    open_store()
    if not exists():
        fail("No books here yet. Set up a company first: cleanbill setup company.toml")
    from cleanbill.store.models import Organisation, User

    found = Organisation.objects.order_by("slug")
    if chosen.organisation:
        found = found.filter(slug=chosen.organisation)
    if len(found) > 1:
        names = ", ".join(o.slug for o in found)
        fail(f"Several organisations are kept here ({names}); choose one: --organisation SLUG")
    organisation = found.first()
    user = User.objects.filter(email=user_email()).first()
    if organisation is None or user is None:
        fail(
            f"{user_email()} has no such organisation here. "
            "Set one up: cleanbill setup company.toml"
        )
    return Actor.of_user(user, organisation)


def fail(message: str, code: int = INPUT_ERROR) -> typer.Exit:
    """Print what is wrong and end the command."""
    if chosen.as_json:
        console.print_json(json.dumps({"error": message}))
    else:
        complaints.print(Text.assemble(("✗", "bold red"), " ", message), soft_wrap=True)
    raise typer.Exit(code)


@contextmanager
def in_words() -> Iterator[None]:
    """Turn the errors a user can cause into one clear message and exit code 2."""
    try:
        yield
    except (ValueError, LookupError, PermissionError, OSError) as error:
        text = error.args[0] if isinstance(error, LookupError) and error.args else str(error)
        fail(str(text))
    except Exception as error:
        from django.db import Error as DatabaseError

        if not isinstance(error, DatabaseError):
            raise
        from cleanbill.store.failures import told

        fail(f"{told(error)}.")
