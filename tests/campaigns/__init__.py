"""Tests of the campaigns system."""
