"""The parts that every pane is built of. They draw what they are given, and know no system."""
