"""The slow, obvious second opinion on how a bill is calculated, in plain Python."""
