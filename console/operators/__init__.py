"""The command ``tconsole operators``: keys of operators, and the file that says what they may do."""
