"""Exact arithmetic over columns, the schemas of the tables, and how a run is cut into parts.

What comes in: Polars expressions and tables of scaled integers. What goes out: the same, never
a float. Every multiplication, division, rounding, sum and allocation of money in the house goes
through ``exact``; every number written or read as text goes through ``text``.
"""
