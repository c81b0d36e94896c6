"""Recorded histories of the orders system, and the stories behind them."""
