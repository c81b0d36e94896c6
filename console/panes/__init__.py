"""One pane for each system, and what all panes share."""
