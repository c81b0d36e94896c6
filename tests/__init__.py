"""Tests of tconsole, against real servers and real terminals."""
