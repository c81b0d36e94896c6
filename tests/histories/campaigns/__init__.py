"""Recorded histories of the campaigns system, and the stories behind them."""
