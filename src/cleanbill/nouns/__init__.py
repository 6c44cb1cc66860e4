"""The words of billing as frozen values: money, quantities, periods, parties, bills, findings.

What comes in: plain Python values. What goes out: checked, immutable values that every other
room speaks of. Nothing here computes a bill, reads a clock or knows a table.
"""
