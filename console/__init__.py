"""Show it: command line, HTTP API and web console."""
