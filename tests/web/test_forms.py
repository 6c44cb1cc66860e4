"""Every form on every page, sent back with garbage: it is refused in words, and nothing breaks."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.actions.company import Company
from tests.web.conftest import Visitor
from tests.web.test_routes import MESSAGES, POSTED, ROUTES, address

AWAY = ("/accounts/", "/language")
"""Forms of the frame around each page: signing out, choosing a language."""
GARBAGE = (
    *("", " ", "\0", "0", "-1", "1e9", "9" * 40, "٣", "9999-99-99", "0000-00-00", "2026-02-30"),
    *("<script>", "=1+1", "%00", "..", "a" * 3000, "\r\nBcc: x@y.example", "\u202e\ud7ff", "{}"),
)


QUERIES = ("", "?until=2026-11-30&issue_date=2026-11-30", "?look=1&line=1&reason=Goods+came+back.")
"""Pages have other forms where they have been asked something."""


@dataclass
class Form:
    """A form as it stands on a page."""

    page: str
    method: str
    action: str
    fields: dict[str, str] = field(default_factory=dict)


class Forms(HTMLParser):
    """Collects the forms of a page, with what each field says."""

    def __init__(self, page: str, path: str) -> None:
        super().__init__()
        self.page, self.path = page, path
        self.found: list[Form] = []
        self.open: Form | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            method, action = said.get("method", "get").lower(), said.get("action") or self.path
            self.open = Form(self.page, method, said.get("hx-post") or action)
            self.found.append(self.open)
        elif self.open is not None and "name" in said and said.get("type") != "file":
            self.open.fields[said["name"]] = said.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.open = None


def forms_of(desk: Company, visitor: Visitor) -> list[Form]:
    client, found = visitor("admin"), []
    for name in sorted(set(ROUTES) - set(POSTED) - MESSAGES):
        path = address(name, "acme")
        for query in QUERIES:
            answer = client.get(path + query)
            if answer.headers["Content-Type"].startswith("text/html"):
                reader = Forms(name, path)
                reader.feed(answer.content.decode())
                own = [f for f in reader.found if f.method != "dialog"]
                found += [f for f in own if not f.action.startswith(AWAY)]
    return found


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_no_form_breaks_on_garbage(desk: Company, visitor: Visitor):
    forms = forms_of(desk, visitor)
    posted = {f.page for f in forms if f.method == "post"}
    assert {"sellers-look", "bills-credit", "customers-edit", "checks-one", "members"} <= posted
    assert len({f.page for f in forms}) > 20

    @settings(
        max_examples=400,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(data=st.data())
    def sent(data: st.DataObject) -> None:
        form = data.draw(st.sampled_from(forms))
        names = sorted(form.fields) or ["x"]
        wrong = data.draw(
            st.dictionaries(
                st.sampled_from(names), st.sampled_from(GARBAGE) | st.text(max_size=30), max_size=5
            )
        )
        fields = {k: v for k, v in {**form.fields, **wrong}.items() if k != "csrfmiddlewaretoken"}
        client = visitor("admin")
        answer = getattr(client, form.method)(form.action, fields)
        assert answer.status_code < 500, (form.page, form.action, fields)

    sent()
