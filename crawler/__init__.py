"""Collect and extract: knows URLs, HTTP, HTML and images; knows no Chinese and no index."""
