"""The approvals tab."""
