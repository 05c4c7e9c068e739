"""Scrapy spiders, one a source."""
