"""Double entry: what a bill posts. Every entry sums to zero in its currency.

In: issued bills and their tax groups. Out: postings, one row per account; debit positive.
"""

from cleanbill.ledger.post import ACCOUNTS, post

__all__ = ["ACCOUNTS", "post"]
