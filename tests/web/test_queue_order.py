"""The list of the terminal and the queue of the web show the same findings in the same order."""

from __future__ import annotations

from tests.actions.company import Company

from cleanbill.actions.find_findings import list_findings
from cleanbill.actions.rank_findings import worth_a_look
from cleanbill.actions.work_queue import Asked, queue_page


def test_the_list_and_the_queue_have_one_order(billed: Company):
    ranked = [row["id"] for row in worth_a_look(billed.actor, limit=200, every=True).rows]
    page = queue_page(billed.actor, Asked(every=True))
    money = {row["id"]: (row["severity"], row["at_stake_minor"]) for row in page.rows}
    assert len(ranked) > 2
    assert "block" in {severity for severity, _ in money.values()}
    # Equal ones stand in any order.
    assert [money[n] for n in ranked] == [money[row["id"]] for row in page.rows]
    listed = [row["id"] for row in list_findings(billed.actor, limit=200)]
    assert [n for n in ranked if n in listed] == listed
