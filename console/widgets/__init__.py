"""Generic widgets: they draw what they are given, and know neither systems nor Temporal."""
