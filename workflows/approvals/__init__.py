"""The approvals system."""
