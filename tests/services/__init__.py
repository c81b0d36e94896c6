"""Tests of the services behind the ports, against local servers."""
