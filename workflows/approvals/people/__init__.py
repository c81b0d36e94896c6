"""Which people decide a level, and when their time for it is up."""
