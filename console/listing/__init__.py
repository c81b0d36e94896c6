"""The list at the left: rows, columns, stages and the filter."""
