"""Tests of the console, with Textual's pilot and real servers."""
