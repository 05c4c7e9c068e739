"""Prove, index, aggregate, review and report."""
