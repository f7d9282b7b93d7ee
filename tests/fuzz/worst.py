"""The worst mails that are still read, each at one of the bounds, and some just past one."""

from __future__ import annotations

import base64
from collections.abc import Callable

from mail import headers, html, tree
from mail.parse import MAX_HTML, MAX_TEXT
from mail.rtf import MAX_RTF
from tests.fuzz.samples import attribute, properties, uncompressed, winmail

MIB = 1024**2
TEXT = b"Content-Type: text/plain; charset=utf-8\r\n"
HTML = b"Content-Type: text/html; charset=utf-8\r\n"


def one_line() -> bytes:
    """40 MiB in one line, as an attachment."""
    head = b"Content-Disposition: attachment; filename=a\r\n\r\n"
    return head + b"a" * (tree.MAX_BYTES - len(head))


def short_lines() -> bytes:
    """As many lines as there may be."""
    head = b"Content-Disposition: attachment; filename=a\r\n\r\n"
    line = b"x" * 38 + b"\r\n"
    return head + line * (tree.MAX_LINES - head.count(b"\n"))


def many_parts() -> bytes:
    """As many parts as there may be, each with a body."""
    part = b"--b\r\nContent-Type: text/plain\r\n\r\n" + b"word " * 300 + b"\r\n"
    return (
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
        + part * (tree.MAX_PARTS - 1)
        + b"--b--\r\n"
    )


def deep() -> bytes:
    """As deep as parts may be nested, and then as many lines as there may be."""
    heads = b"".join(
        b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n)
        for n in range(tree.MAX_DEPTH)
    )
    tail = b"Content-Disposition: attachment; filename=a\r\n\r\n"
    return heads + tail + b"x" * 30 + b"\r\n" * (tree.MAX_LINES - 200)


def long_text() -> bytes:
    """As much text as there may be, in words."""
    return TEXT + b"\r\n" + b"word " * (MAX_TEXT // 5)


def wide_text() -> bytes:
    """As much text as there may be, of characters that take the most room."""
    return TEXT + b"\r\n" + "\U0001f4de".encode() * MAX_TEXT


def short_text_lines() -> bytes:
    """As much text as there may be, in the shortest lines, half of them quoted."""
    return TEXT + b"\r\n" + b"a\n>\n" * (MAX_TEXT // 4)


def large_attachment() -> bytes:
    """39 MiB of base64."""
    data = base64.encodebytes(bytes(range(256)) * (tree.MAX_BYTES // 256 * 73 // 100))
    return (
        b"Content-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + data[: 39 * MIB]
    )


def large_html() -> bytes:
    """As much HTML as there may be, with little text in it."""
    return (
        HTML + b"\r\n" + (b"<div class='a'><b>x</b>" + b" " * 60 + b"</div>\n") * (MAX_HTML // 92)
    )


def nested_html() -> bytes:
    """As much HTML as there may be, each element in the one before."""
    return HTML + b"\r\n" + b"<div>" * (MAX_HTML // 5 - 1) + b"x"


def html_attributes() -> bytes:
    """As much HTML as there may be, nearly all of it attributes."""
    return HTML + b"\r\n" + (b"<a " + b"b=c " * html.MAX_ATTRIBUTES + b">x") * 600


def encoded_words() -> bytes:
    """A header as long as it may be, of encoded words in charsets that take turns."""
    pair = b"=?koi8-r?b?8NLJ18XU?= =?utf-8?q?=C3=A9?=\r\n "
    return b"Subject: " + pair * (tree.MAX_HEADER_BYTES // len(pair) - 1) + b"\r\n\r\nHello"


def addresses() -> bytes:
    """More addresses than are read, in every header that may have some."""
    one = b'"Marsh, Jo" <jo%d@example.com>,\r\n '
    count = 1000
    said = b"".join(one % n for n in range(count))
    return b"".join(name + said + b"\r\n" for name in (b"From: ", b"To: ", b"Cc: ")) + b"\r\nHello"


def many_headers() -> bytes:
    """A header as long as it may be, of the shortest fields."""
    return b"A: b\r\n" * (tree.MAX_HEADER_BYTES // 6 - 1) + b"\r\nHello"


def parameters() -> bytes:
    """As many parameters as a Content-Type may have, in as many parts as there may be."""
    said = b"".join(b"; name*%d*=utf-8''%%C3%%A9" % n for n in range(tree.MAX_PARAMETERS))
    part = b"--b\r\nContent-Type: text/plain" + said + b"\r\n\r\nx\r\n"
    return (
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
        + part * (tree.MAX_PARTS - 1)
        + b"--b--\r\n"
    )


def outlook() -> bytes:
    """29 MiB of files inside a winmail.dat, and the longest body that is unpacked from it."""
    body = properties(
        (0x102, 0x1009, uncompressed(rb"{\rtf1 " + rb"\'e9 " * (MAX_RTF // 5 - 9) + b"}"))
    )
    file = attribute(0x9002, b"") + attribute(0x800F, bytes(MIB))
    inside = winmail(attribute(0x9003, body), *[file] * 27)
    head = b"Content-Type: application/ms-tnef\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return head + base64.encodebytes(inside)


def references() -> bytes:
    """A header as long as it may be, of ids."""
    return b"References: " + b"<a@b>\r\n " * (headers.MAX_VALUE // 8) + b"\r\n\r\nHello"


WORST: dict[str, Callable[[], bytes]] = {
    one.__name__: one
    for one in (
        *(one_line, short_lines, many_parts, deep, long_text, wide_text, short_text_lines),
        *(large_attachment, large_html, nested_html, html_attributes, encoded_words, addresses),
        *(many_headers, parameters, references, outlook),
    )
}
