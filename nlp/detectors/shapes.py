"""What a handle looks like on each platform, as patterns over the joined, lower-case text."""

from __future__ import annotations

import re

SHAPES: dict[str, re.Pattern[str]] = {
    "account": re.compile(r"[a-z][a-z0-9_-]{3,24}[a-z0-9_](?![a-z0-9])"),
    "dotted_name": re.compile(
        r"[a-z][a-z0-9_]{1,15}(?:(?:\.[a-z0-9_]{1,15}){2,4}|\.\d{3,9}[a-z]?)(?![a-z0-9./:@(-])"
    ),
    "han_number": re.compile("[\u4e00-\u9fff]{2,5}\\d{2,6}(?![\\d\u4e00-\u9fff.,%~/-])"),
    "digit_first": re.compile(r"\d[a-z0-9_-]{0,20}[a-z][a-z0-9_-]{2,20}(?![a-z0-9])"),
    "word": re.compile(r"@?[a-z][a-z0-9_.-]{2,31}[a-z0-9_](?![a-z0-9])"),
    "at_name": re.compile(r"@[a-z0-9][a-z0-9_.-]{1,31}[a-z0-9_](?![a-z0-9])"),
    "at_any": re.compile(r"@[\w-]{2,20}"),
    "mobile": re.compile(r"(?:\+?86[ -]?)?1[ .-]{0,2}[3-9](?:[ .-]{0,2}\d){9}(?!\d)"),
    "number": re.compile(
        r"(?!(?:19|20)\d\d[ -]\d\d?[ -]\d\d?(?!\d))"
        r"[1-9](?:\d{2,4}(?:[ -]\d{3,4}){1,2}(?![ -]?\d)|\d{4,10}|"
        r"(?:[ .☆★-]{1,3}\d){4,10}|\d{1,4}(?:[ -]\d{2,4}){1,2}(?:[ -]\d{1,4})?)(?![\d.]*\d)"
    ),
    "local": re.compile(r"[5-9]\d(?:[ -]?\d){6}(?![ -]?\d)"),
    "phone": re.compile(r"\+?[(]?\d[\d x*()-]{5,20}[\dx*]"),
    "dotted": re.compile(r"@?[a-z_][a-z0-9_]{2,31}\.\d{2,9}(?!\d)"),
    "tagged": re.compile(r"@?[a-z0-9_.]{2,32}#\d{4}(?!\d)"),
    "named": re.compile("(?=[\u4e00-\u9fff])[\\w·.-]{2,16}"),
    "name": re.compile(r"[\w·.-]{2,24}"),
}
"""Numbers are matched on the text with Chinese digits read as digits, everything else on the text itself."""

NUMERIC = frozenset({"mobile", "number", "phone", "local"})
CHINESE_MOBILE = re.compile(r"1[3-9]\d{9}")
SERVICE_NUMBER = re.compile(r"[48]00\d{7}")
LANDLINE = re.compile(r"0\d{9,11}")
SPACED_LANDLINE = re.compile(r"0(?:10|2\d|[3-9]\d\d)[ -]\d{3,4}[ -]\d{3,4}")


def digits_of(text: str) -> str:
    """Digits, a leading plus and the masks of a number."""
    kept = "".join(char for char in text if char.isdigit() or char in "x*")
    return f"+{kept}" if text.lstrip("( ").startswith("+") else kept


def phone_form(text: str) -> tuple[str, float] | None:
    """Normal form and confidence of a telephone number; None when it can be none."""
    number = digits_of(text)
    bare = number.removeprefix("+86") if number.startswith("+86") else number
    if bare.startswith("86") and CHINESE_MOBILE.fullmatch(bare[2:]):
        bare = bare[2:]
    masked = "x" in bare or "*" in bare
    if CHINESE_MOBILE.fullmatch(bare):
        return bare, 0.95
    if SERVICE_NUMBER.fullmatch(bare) or (
        LANDLINE.fullmatch(bare) and ("-" in text or SPACED_LANDLINE.fullmatch(text))
    ):
        return bare, 0.8
    if masked:
        return (bare, 0.4) if sum(char.isdigit() for char in bare) >= 4 and 7 <= len(bare) <= 15 else None
    if number.startswith("+"):
        return _international(number)
    return None


def _international(number: str) -> tuple[str, float] | None:
    import phonenumbers

    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return None
    return (number, 0.9) if phonenumbers.is_valid_number(parsed) else None
