"""A letter as HTML that any mail program shows: tables and styles in place, nothing fetched."""

from __future__ import annotations

from html import escape

from cleanbill.formats.mail.said import Said

_FONT = "-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,'Noto Sans Arabic',sans-serif"
_STYLE = (
    "body{margin:0;padding:0;background:#f4f4f2}"
    "@media (prefers-color-scheme:dark){"
    ".back,body{background:#141414!important}"
    ".card{background:#1f1f1e!important;border-color:#3a3a38!important}"
    ".ink{color:#eeeeec!important}.soft{color:#b4b4b0!important}"
    ".line{border-color:#3a3a38!important}.box{background:#292927!important}}"
    "@media (max-width:480px){.card{border-radius:0!important}.pad{padding:20px!important}}"
)
_INK, _SOFT, _LINE = "#1b1b1b", "#5c5c58", "#dededa"


def page(said: Said) -> str:
    """Return the letter as one HTML document."""
    direction = "rtl" if said.right_to_left else "ltr"
    return (
        f'<!doctype html>\n<html lang="{said.language}" dir="{direction}">\n<head>\n'
        '<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{escape(said.subject)}</title>\n<style>{_STYLE}</style>\n</head>\n"
        f'<body dir="{direction}" style="margin:0;padding:0;background:#f4f4f2">\n'
        '<table role="presentation" class="back" width="100%" cellpadding="0" cellspacing="0" '
        f'style="background:#f4f4f2;font-family:{_FONT};font-size:15px;line-height:1.5">\n'
        '<tr><td align="center" style="padding:24px 0">\n'
        '<table role="presentation" class="card" width="100%" cellpadding="0" cellspacing="0" '
        f'style="max-width:600px;background:#ffffff;border:1px solid {_LINE};border-radius:8px;'
        'border-collapse:separate">\n'
        f"{_head(said)}{_body(said)}{_foot(said)}"
        "</table>\n</td></tr>\n</table>\n</body>\n</html>\n"
    )


def _head(said: Said) -> str:
    head = said.letterhead
    tagline = (
        f'<div class="soft" style="color:{_SOFT};font-size:13px">{escape(head.tagline)}</div>'
        if head.tagline
        else ""
    )
    return (
        f'<tr><td style="height:6px;background:{head.accent};border-radius:7px 7px 0 0;'
        'font-size:0;line-height:0">&nbsp;</td></tr>\n'
        '<tr><td class="pad" style="padding:28px 32px 0">'
        f'<div class="ink" style="color:{_INK};font-size:18px;font-weight:600">'
        f"<bdi>{escape(head.name)}</bdi></div>{tagline}</td></tr>\n"
    )


def _body(said: Said) -> str:
    paid = f"<p {_ink('margin:24px 0 8px')}>{_lines(said.payment_text)}</p>"
    asked = f"<p {_ink('margin:24px 0 0')}>{_sentence(said.questions)}</p>"
    signed = f"{escape(said.regards)}<br><bdi>{escape(said.letterhead.name)}</bdi>"
    return (
        '<tr><td class="pad" style="padding:20px 32px 28px">\n'
        f"<p {_ink('margin:0 0 8px')}>{escape(said.greeting)}</p>\n"
        f"<p {_ink('margin:0 0 20px')}>{_sentence(said.lead)}</p>\n"
        '<table role="presentation" class="box" width="100%" cellpadding="0" cellspacing="0" '
        'style="background:#f4f4f2;border-radius:6px"><tr><td style="padding:16px 20px">'
        f'<div class="soft" style="color:{_SOFT};font-size:13px">{escape(said.headline)}</div>'
        f'<div class="ink" style="color:{_INK};font-size:26px;font-weight:600;line-height:1.3">'
        f"<bdi>{escape(said.amount)}</bdi></div></td></tr></table>\n"
        f"{_rows(said.facts)}"
        f"{paid if said.payment_text else ''}\n{_rows(said.payment)}"
        f"{asked}\n<p {_ink('margin:24px 0 0')}>{signed}</p>\n</td></tr>\n"
    )


def _rows(facts: list[tuple[str, str]]) -> str:
    if not facts:
        return ""
    line = f"border-bottom:1px solid {_LINE};padding:7px 0;vertical-align:top"
    rows = "".join(
        f'<tr><th class="soft line" scope="row" align="start" style="{line};color:{_SOFT};'
        'font-weight:400;text-align:start;width:42%;padding-inline-end:12px">'
        f"{escape(name)}</th>"
        f'<td class="ink line" style="{line};color:{_INK};text-align:start;'
        'overflow-wrap:anywhere">'
        f"<bdi>{escape(value)}</bdi></td></tr>\n"
        for name, value in facts
    )
    return (
        '<table width="100%" cellpadding="0" cellspacing="0" '
        f'style="margin-top:12px;border-collapse:collapse;font-size:14px">\n{rows}</table>\n'
    )


def _foot(said: Said) -> str:
    columns = "<br>".join(
        " · ".join(f"<bdi>{escape(text)}</bdi>" for text in column)
        for column in said.letterhead.legal
    )
    return (
        f'<tr><td class="pad soft line" style="padding:16px 32px 22px;border-top:1px solid {_LINE};'
        f'color:{_SOFT};font-size:12px;line-height:1.6">{columns}</td></tr>\n'
    )


def _ink(style: str) -> str:
    return f'class="ink" style="color:{_INK};{style}"'


def _lines(text: str) -> str:
    return "<br>".join(_sentence(line) for line in text.split("\n"))


def _sentence(text: str) -> str:
    """Escape a sentence; what keeps its own direction in plain text does so by markup here."""
    return escape(text).replace("\u2068", "<bdi>").replace("\u2069", "</bdi>")
