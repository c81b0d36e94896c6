"""Any number of runs of one business item."""
