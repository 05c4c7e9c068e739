"""The evidence index behind one protocol: embedded (SQLite FTS5) or Elasticsearch."""
