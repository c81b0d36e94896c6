"""`tconsole doctor`: looks at all that tconsole needs, and changes nothing."""
