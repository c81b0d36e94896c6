"""The embedded Temporal server: one keeper owns it, the others wait to take over.

A keeper is a light process: nothing here imports temporalio or pydantic.
"""
