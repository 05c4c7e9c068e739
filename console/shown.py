"""How evidence reads on a screen: rules, channels and subjects in the reader's language, hits by a title."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.i18n import has, t
from nlp.analysis import CATEGORIES

if TYPE_CHECKING:
    from evidence.hit import Hit
    from evidence.lead import Lead, Subject

TITLE_LENGTH = 30


def platform_name(code: str, lang: str) -> str:
    """A channel's name; an unknown one stands for itself."""
    from evidence.report.texts import text

    name = text("platforms", code)
    return name.zh if lang == "zh" else name.en


def rule_name(rule: str, lang: str) -> str:
    """A rule as a person reads it: its kind in the reader's language, then the term or name it stands for."""
    kind, _, rest = rule.partition("/")
    if kind in CATEGORIES:
        return f"{t(f'category.{kind}', lang)} · {rest}"
    if kind == "contact":
        return f"{t('rule.contact', lang)} · {platform_name(rest, lang)}"
    if kind == "cue":
        group, _, name = rest.partition("/")
        told = t(f"cue.{group}", lang) if has(f"cue.{group}") else group
        # who speaks, and how, are codes; the other names are words of the text
        coded = group in ("speaker", "frame")
        named = t(f"cue.{group}_{name}", lang) if coded and has(f"cue.{group}_{name}") else name
        return f"{told} · {named}"
    return f"{t(f'rule.{kind}', lang)} · {rest}" if has(f"rule.{kind}") else rule


def part_name(name: str, lang: str) -> str:
    """A part of the score."""
    key = f"part.{name.replace(' ', '_')}"
    return t(key, lang) if has(key) else name


def subject_name(subject: Subject, title: str, lang: str) -> str:
    """What names a lead: a text by its first words, a handle by its channel and name."""
    if subject.kind == "text":
        return title or subject.value[:12]
    platform, colon, handle = subject.value.partition(":")
    if subject.kind == "handle" and colon:
        return f"{platform_name(platform, lang)} {handle}"
    return subject.value


def lead_name(lead: Lead, lang: str) -> str:
    """A lead by its subject."""
    return subject_name(lead.subject, lead.title, lang)


def problem_name(reason: str, lang: str) -> str:
    """Why a file does not verify: the usual reasons in the reader's language, the details as they are."""
    word = reason.partition(":")[0].partition(" ")[0]
    return f"{t(f'problem.{word}', lang)} ({reason})" if has(f"problem.{word}") else reason


def hit_title(hit: Hit) -> str:
    """A hit's own title, else the first words of the block that decided, else where it was found."""
    from evidence.report.quotes import masked_title

    if hit.document.title:
        return masked_title(hit, hit.document.title)
    blocks, number = hit.document.blocks, hit.analysis.block
    words = " ".join(blocks[number].text.split()) if 0 <= number < len(blocks) else ""
    cut = words if len(words) <= TITLE_LENGTH else f"{words[: TITLE_LENGTH - 1]}…"
    return masked_title(hit, cut) or hit.document.url or hit.ref or hit.id
