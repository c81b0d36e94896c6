"""Recorded histories of the approvals system, and the stories behind them."""
