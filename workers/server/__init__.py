"""The embedded Temporal server and its keeper, a light process: nothing here imports more than it must."""
