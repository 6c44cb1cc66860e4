"""Ways out of the house: what somebody else's service is asked, and how one waits for it.

In: requests as nouns. Out: answers as nouns, or why there is none. Nothing here knows the store,
and nothing here decides: answers are judged by ``cycle.tax``.
"""
