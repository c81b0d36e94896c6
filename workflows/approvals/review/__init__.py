"""One request under review: its state, and every change to it, without Temporal.

Each change checks again what its update's validator has checked: several updates may be accepted before the first
of them is handled.
"""
