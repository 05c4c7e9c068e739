"""Detect and score: Chinese text to a calibrated verdict; reads only lexicons/ and nlp/models/."""
