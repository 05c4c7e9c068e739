"""Detect and score: Chinese text to findings to a calibrated verdict; reads only lexicons/ and nlp/models/."""
