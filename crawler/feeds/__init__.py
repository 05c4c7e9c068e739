"""Input from files, folders, archives, addresses and standard input."""

from crawler.feeds.item import FeedItem
from crawler.feeds.read import read_inputs, read_live

__all__ = ["FeedItem", "read_inputs", "read_live"]
