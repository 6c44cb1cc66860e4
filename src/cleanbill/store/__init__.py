"""What we keep: Django models and migrations, bulk reading and writing, numbers, laws in triggers.

In: tables and values from actions, always with the organisation they belong to. Out: the same.
No billing rule lives here. ``connect.open_store`` comes first, once per process.
"""
