"""The console in a browser: a local web server that runs one console for each tab."""
