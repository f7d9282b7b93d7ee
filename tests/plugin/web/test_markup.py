"""HTML from mail, made safe: nothing that is left loads, runs, leads anywhere or hides."""

from __future__ import annotations

import pytest

from plugin.panel.markup import clean
from tests.fuzz.holds import page

FAR = "http://evil.example/x"


@pytest.mark.parametrize(
    "source",
    [
        f'<img src="{FAR}">',
        f"<img srcset='{FAR} 2x' sizes=1>",
        f"<picture><source srcset={FAR}><img src=x></picture>",
        f"<IMG\nSRC = {FAR}\tonerror=alert(1)>",
        f"<img src='data:image/svg+xml,<svg onload=alert(1)>' lowsrc={FAR} dynsrc={FAR}>",
        f"<p style=\"background:url('{FAR}')\">",
        f"<style>@import url({FAR}); p {{ background: url({FAR}) }}</style>",
        f"<style><!-- @import '{FAR}' --></style>",
        f"<link rel=stylesheet href={FAR}>",
        f"<link rel=dns-prefetch href={FAR}>",
        f"<base href={FAR}>",
        f"<form action={FAR}><input type=image src={FAR}><button formaction={FAR}>go</button>",
        f"<meta http-equiv=refresh content='0;url={FAR}'>",
        f"<svg onload=alert(1)><image href={FAR} /><use xlink:href={FAR} /></svg>",
        f"<svg><a xlink:href='javascript:alert(1)'><animate href={FAR} onbegin=alert(1)>",
        f"<math><mtext><mglyph><style><img src={FAR} onerror=alert(1)>",
        f"<math href={FAR}>",
        "<a href='javascript:alert(1)'>x</a>",
        "<a href='java\tscript:alert(1)'>x</a>",
        "<a href='&#106;avascript:alert(1)'>x</a>",
        "<a href='vbscript:x'>x</a>",
        f"<a href={FAR} ping={FAR} target=_blank>x</a>",
        f"<area href={FAR}><map name=m>",
        f"<video poster={FAR} src={FAR} autoplay><track src={FAR}></video>",
        f"<audio src={FAR} onplay=alert(1)>",
        f"<table background={FAR}><td background={FAR} onclick=alert(1)>x",
        f"<body background={FAR} onload=alert(1)>",
        f"<iframe src={FAR} srcdoc='<script>alert(1)</script>'></iframe>",
        f"<frameset><frame src={FAR}></frameset>",
        f"<object data={FAR}><embed src={FAR}></object>",
        f"<applet code={FAR}>",
        f"<blockquote cite={FAR}>x</blockquote><q cite={FAR}>x</q><del cite={FAR}>x</del>",
        f"<p><!--[if mso]><img src={FAR}><![endif]-->",
        f"<noscript><p title='</noscript><img src={FAR} onerror=alert(1)>'>",
        f"<template><img src={FAR}></template>",
        f"<title><img src={FAR}></title>",
        f"<textarea><img src={FAR}></textarea>",
        f"<xmp><img src={FAR}></xmp>",
        f"<plaintext><img src={FAR}>",
        f"<script src={FAR}></script>",
        "<scr<script>ipt>alert(1)</script>",
        "<p onmouseover=alert(1) id=main class=card style=position:fixed contenteditable>x",
        "<p/onclick=alert(1)>x",
        "<details open ontoggle=alert(1)>x</details>",
        "<marquee onstart=alert(1)>x",
        "<dialog open>x</dialog><slot name=x>",
        f"<td colspan='1\" background=\"{FAR}'>x",
        f"<?xml-stylesheet href='{FAR}'?>",
        f"<![CDATA[<img src={FAR}>]]>",
        f"<!ENTITY x SYSTEM '{FAR}'>",
        f"<img src={FAR}",
    ],
)
def test_nothing_that_loads_or_runs_is_left(source: str) -> None:
    page(f"before {source} after")
    left = str(clean(f"<p>before</p>{source}"))
    assert "<p>before</p>" in left
    for word in ("src=", "href=", "url(", "javascript:", "on", "style"):
        assert f"<{word}" not in left
    shown = left.replace("&lt;", "").replace("&gt;", "")
    assert "<img" not in shown
    assert "<script" not in shown
