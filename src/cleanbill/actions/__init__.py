"""What a person, an agent or the clock may do: one file each: load, call the core once, save.

In: an actor and plain values. Out: plain values that any shell can show. Each action declares its
permission, runs in one transaction (or one per chunk) and leaves an event.
"""
