"""Write docs/tax-regimes.md from the tax data and its cases: `python -m tools.docs_regimes`."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterator
from pathlib import Path

from tools.generated import DOCS, settle

from cleanbill.cycle import tax

PAGE = DOCS / "tax-regimes.md"
ROOT = Path(__file__).parents[1]
DATA = ROOT / "src/cleanbill/cycle/tax/data"
CASES = ROOT / "tests/cases/regimes"
TEXTS = tomllib.loads((ROOT / "tools/docs_regimes.toml").read_text("utf-8"))
_RATES = "| where | tax | category | % | from | until before | law |"
COUNTRIES = {
    "AU": "Australia",
    "NZ": "New Zealand",
    "SG": "Singapore",
    "AE": "United Arab Emirates",
    "SA": "Saudi Arabia",
    "CA": "Canada",
    "IN": "India",
}


def table(name: str) -> list[dict[str, str]]:
    """Return the rows of a table of tax data."""
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def page() -> str:
    """Return the text of the page."""
    europe = sorted({country for country, _ in tax.rules().rates})
    parts = [TEXTS["introduction"].replace("{europe}", ", ".join(europe))]
    parts += [_country(code, name) for code, name in COUNTRIES.items()]
    parts += [_america(), TEXTS["not_covered"], *_cases()]
    return "\n".join(parts)


def _country(code: str, name: str) -> str:
    rows = [row for row in table("regime_rates.csv") if row["country"] == code]
    rates = [
        f"| {row['region'] or 'all'} | {row['tax'] or 'VAT'} | {row['category']} "
        f"| {row['rate_percent']}{' on top of GST' if row['compound'] else ''} "
        f"| {row['valid_from']} | {row['valid_to']} | {row['law']} |"
        for row in rows
    ]
    return "\n".join(
        [
            f"## {name}\n",
            _RATES,
            "|---|---|---|---|---|---|---|",
            *rates,
            "\n| without tax | the bill says | law |\n|---|---|---|",
            *_free(code),
            "",
        ]
    )


def _free(code: str) -> list[str]:
    """What a country's bills say where no tax is due."""
    said = table("regime_treatments.csv")
    own = [row for row in said if row["treatment"].endswith(f".{code.lower()}")]
    return [f"| {row['category']} | {row['text_en']} | {row['law']} |" for row in own]


def _america() -> str:
    rule = "| {item_kind} | {item_tax_category} | {taxed} | {law} |"
    return "\n".join(
        [
            "## United States\n",
            TEXTS["america"],
            "| state | sales within it are sourced to | law |\n|---|---|---|",
            *(
                f"| {row['state']} | {row['sourcing']} | {row['law']} |"
                for row in table("us_sourcing.csv")
            ),
            "\n| kind of item | category | general rule | law |\n|---|---|---|---|",
            *(rule.format(**row) for row in table("us_taxability.csv")),
            "\n| without tax | the bill says | law |\n|---|---|---|",
            *_free("us"),
            "",
        ]
    )


def _cases() -> Iterator[str]:
    yield "## Cases\n"
    yield "Each line is a case that the tests hold, with the tax of every day it names.\n"
    for file in sorted(CASES.glob("*.toml")):
        yield f"### {file.stem.replace('_', ' ').title()}\n"
        for case in tomllib.loads(file.read_text("utf-8"))["case"]:
            days = ", ".join(f"{day}: {text}" for day, text in case["days"].items())
            yield f"- {case['says']} ({days})"
        yield ""


if __name__ == "__main__":
    settle(PAGE, page)
