"""A filled template in the visitor's language."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from console.i18n import LANGUAGES, t
from console.shown import hit_title, lead_name, part_name, platform_name, problem_name, rule_name
from evidence.clock import in_beijing
from evidence.report.model import Lang
from evidence.report.texts import confidence

if TYPE_CHECKING:
    from fastapi import Request, Response

    from evidence.lead import Lead

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
TEMPLATES.filters["title"] = hit_title
TEMPLATES.filters["beijing"] = lambda moment: in_beijing(moment)[:19].replace("T", " ")
LANG_COOKIE = "xiansuo_lang"


def page(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """A filled template in the visitor's language, remembering a language chosen by ``?lang=``."""
    lang = chosen_language(request)
    other = LANGUAGES[1 - LANGUAGES.index(lang)]
    query = [(name, value) for name, value in request.query_params.multi_items() if name != "lang"]
    html = TEMPLATES.get_template(template).render(
        lang=lang,
        t=lambda key, **words: t(key, lang, **words),
        say=_Sayings(lang),
        switch=f"?{urlencode([*query, ('lang', other)])}",
        path=request.url.path,
        **values,
    )
    response = HTMLResponse(html, status)
    if "lang" in request.query_params:
        response.set_cookie(LANG_COOKIE, lang, max_age=31_536_000, samesite="strict", httponly=True)
    return response


class _Sayings:
    """How evidence reads in one language, for templates."""

    def __init__(self, lang: Lang) -> None:
        self._lang = lang

    def platform(self, code: str) -> str:
        return platform_name(code, self._lang)

    def rule(self, rule: str) -> str:
        return rule_name(rule, self._lang)

    def part(self, name: str) -> str:
        return part_name(name, self._lang)

    def problem(self, reason: str) -> str:
        return problem_name(reason, self._lang)

    def lead(self, lead: Lead) -> str:
        return lead_name(lead, self._lang)

    def score(self, probability: float) -> str:
        told = confidence(probability)
        return told.zh if self._lang == "zh" else told.en


def chosen_language(request: Request) -> Lang:
    """``?lang=``, else the cookie, else the settings' language."""
    default: str = request.app.state.console.settings.lang
    asked = request.query_params.get("lang") or request.cookies.get(LANG_COOKIE) or default
    return "en" if (asked if asked in LANGUAGES else default) == "en" else "zh"


def error_page(request: Request, status: int, message: str) -> Response:
    """A page that says in one sentence what went wrong."""
    return page(request, "error.html", status, message=message)
