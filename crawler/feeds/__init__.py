"""Readers that turn files and streams into feed items."""
