"""Tests of `tconsole doctor`."""
