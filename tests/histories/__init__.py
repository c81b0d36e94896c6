"""One recorded history per workflow and main path; ``python -m tests.histories`` records them anew."""
