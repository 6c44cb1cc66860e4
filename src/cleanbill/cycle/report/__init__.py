"""Report: what the figures of the house mean. Comes in: totals by day and by run; goes out: months
and runs with their figures. Nothing here issues, holds or changes anything.
"""
