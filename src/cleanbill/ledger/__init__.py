"""Double entry: what a bill posts. Every entry sums to zero in its currency.

In: issued bills and their tax groups. Out: postings, one row per account, debit positive; and a
bill's postings as one canonical text, for the hash chain.
"""

from cleanbill.ledger.entry import entry_texts
from cleanbill.ledger.post import ACCOUNTS, post

__all__ = ["ACCOUNTS", "entry_texts", "post"]
