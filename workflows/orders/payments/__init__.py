"""Judging, booking and refunding payments, and the payment window."""
