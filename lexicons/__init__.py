"""Knowledge as data: terms, cues, brands, glyphs and legal basis. Holds no code."""
