"""The doors: each translates a request, calls one action, and shows the answer. No billing rule."""
