"""Made-up pages in the shape of Chinese portal pages: many small elements, long class names, inline
scripts.
"""

from __future__ import annotations

import random

_CHARACTERS = (
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于"
    "出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经"
)
_CONTACTS = (
    "微信：wx_{0}abc",
    "QQ{0}88712",
    "t.me/group{0}",
    "飞机 @seller{0}",
    "手机 1380013{0:04d}",
    "邀请码 VIP{0}",
)


def made_page(*, seed: int, sections: int) -> bytes:
    """One page in UTF-8; about 1.6 KB a section. Contacts stand in paragraphs, footers, comments, cells and
    ads.
    """
    pick = random.Random(seed)

    def words(count: int) -> str:
        return "".join(pick.choices(_CHARACTERS, k=count))

    def contact() -> str:
        return pick.choice(_CONTACTS).format(pick.randrange(1000, 9999))

    parts = [_head(words)]
    parts += [
        f'<li class="menu-item"><a class="menu-link" href="/c/{i}.html">{words(4)}</a></li>\n'
        for i in range(30)
    ]
    parts.append(
        '</ul></nav></header>\n<div class="wrap clearfix"><main id="content"><article class="post">\n'
    )
    for i in range(sections):
        parts.append(_section(i, words, contact))
    parts.append('</article></main>\n<div class="side"><ul class="hot-list">\n')
    for i in range(sections * 2):
        parts.append(
            f'<li><span class="rank">{i}</span> <a href="/h/{i}.html" title="{words(10)}" target="_blank">'
            f"{words(10)}</a></li>\n"
        )
    parts.append('</ul></div><div class="comments">\n')
    for i in range(sections):
        parts.append(
            f'<div class="comment-item" data-id="{i}"><div class="avatar"><img src="/a/{i}.png"></div>'
            f'<span class="user">{words(4)}</span><p class="text">{words(20)}{contact()}</p>'
            f'<span class="time">2026-01-02</span></div>\n'
        )
    parts.append(
        '</div></div><div class="ad-slot"><a href="/go?id=1" rel="nofollow">'
        f'<img src="/ad.png" alt="{words(6)}">{contact()}</a></div>'
        f"<footer><table><tr><td>{words(3)}</td><td>{contact()}</td></tr></table>"
        f"<p>{contact()}</p></footer></body></html>"
    )
    return "".join(parts).encode()


def _head(words) -> str:  # type: ignore[no-untyped-def]
    script = (
        "window._hmt=window._hmt||[];(function(){var s=document.createElement('script');s.async=1})();" * 60
    )
    return (
        f'<!doctype html>\n<html lang="zh-CN"><head><meta charset="utf-8"><title>{words(16)}</title>'
        f'<meta name="description" content="{words(50)}"><meta name="keywords" content="{words(12)}">'
        f"<script>{script}</script><style>{'.a{color:red;margin:0 auto}' * 60}</style></head>"
        '<body class="home page"><header class="site-header"><nav class="main-nav"><ul>\n'
    )


def _section(i: int, words, contact) -> str:  # type: ignore[no-untyped-def]
    return (
        f'<div class="section clearfix s{i}" data-id="{i}">\n'
        f'<h2 class="title"><a href="/p/{i}.html" target="_blank">{words(12)}</a></h2>\n'
        f'<p class="para">{words(40)}<b>{words(5)}</b>{words(20)}'
        f'<a href="/d/{i}?from=list" rel="nofollow">{words(8)}</a>{words(30)}</p>\n'
        f'<p class="para">{words(60)}{contact()}</p>\n'
        f'<div class="media"><img src="/i/{i}.jpg" alt="{words(8)}" width="640"></div>\n'
        f'<div class="info"><span class="user"><i class="icon"></i>{words(3)}</span> '
        f'<span class="date">2026-01-02</span> '
        f'<span class="count"><em>{i}</em>{words(1)}</span></div></div>\n'
    )
