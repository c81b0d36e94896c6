"""The operator's journal: what was done from the consoles of a data folder, and what the workflows answered."""
