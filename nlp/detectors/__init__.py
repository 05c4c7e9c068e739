"""Detectors, one a file; ``nlp.analyse`` lists them in the order they run."""
