"""Tests of the approvals system."""
