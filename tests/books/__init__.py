"""Tests of `tconsole check` and `tconsole mend`."""
