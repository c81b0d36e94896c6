"""Tests of the headless twin."""
