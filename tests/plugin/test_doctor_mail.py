"""What the doctor says of mail: sign-in by token, sent mail, what ends, and who is told."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from plugin import doctor, runtime
from plugin.settings import Settings, load
from tests.servers.dovecot import PASSWORD, Dovecot
from tests.servers.tokens import CLIENT, SECRET, TENANT, USER, TokenServer

BOX = """
[database]
url = "sqlite:///answerable.db"
[keys]
file = "keys.json"
[mailbox.care]
provider = "ooma"
address = "{address}"
host = "127.0.0.1"
port = {port}
security = "plain"
"""


def installed(folder: Path, text: str) -> Settings:
    path = folder / "answerable.toml"
    path.write_text(text, encoding="utf-8")
    runtime.prepare(load(path, {}))
    return load(path, {})


def said(settings: Settings, about: str) -> dict[str, str]:
    """What it says of what begins like that, by level."""
    return {one.level: one.text for one in doctor.examine(settings) if one.about.startswith(about)}


def test_a_token_is_got_and_its_end_shown(
    tmp_path: Path, token_server: TokenServer, token_dovecot: Dovecot
) -> None:
    soon = (runtime.utc_now() + timedelta(days=7)).date()
    oauth = f"""
[mailbox.care.oauth]
service = "microsoft"
tenant = "{TENANT}"
authority = "{token_server.url}"
client_id = "{CLIENT}"
client_secret = "{SECRET}"
secret_expires = {soon}
ca_file = "{token_server.ca_file}"
"""
    text = BOX.format(address=USER, port=token_dovecot.port) + oauth
    settings = installed(tmp_path, text)
    assert said(settings, "mailbox care") == {"ok": "signed in"}
    found = said(settings, "mailbox.care")
    assert found["ok"].startswith("its sign-in token lasts to")
    assert f"the application's secret of mailbox.care ends in 7 days, on {soon}" in found["ask"]
    assert token_server.granted == ["token-1"]

    wrong = installed(tmp_path, text.replace(SECRET, "wrong"))
    refused = said(wrong, "mailbox care")["fail"]
    assert "invalid_client" in refused
    assert refused.endswith("check [mailbox.care.oauth]")
    assert "no new sign-in token" in said(wrong, "mailbox.care")["fail"]


def test_a_folder_of_sent_mail_that_is_not_there_is_named(
    tmp_path: Path, dovecot: Dovecot, mail_user: str
) -> None:
    text = BOX.format(address=USER, port=dovecot.port)
    text += f'username = "{mail_user}"\npassword = "{PASSWORD}"\nsent_folder = "Sent"\n'
    settings = installed(tmp_path, text)
    found = said(settings, "mailbox care, sent")["fail"]
    assert "Sent" in found
    assert found.endswith("check folder and sent_folder: the server has none of that name")
    with dovecot.client(mail_user) as client:
        client.create_folder("Sent")
    assert said(settings, "mailbox care") == {"ok": "can be read"}


def test_a_wrong_password_is_told_in_the_servers_words_and_ours(
    tmp_path: Path, dovecot: Dovecot, mail_user: str
) -> None:
    text = BOX.format(address=USER, port=dovecot.port)
    text += f'username = "{mail_user}"\npassword = "wrong"\n'
    found = said(installed(tmp_path, text), "mailbox care")["fail"]
    assert "sign-in refused" in found
    assert "b'" not in found
    assert found.endswith("; check username and password")


@pytest.mark.parametrize(
    ("more", "asks"),
    [
        ('form_senders = ["form@ooma.example"]', "set authserv_id"),
        ('form_senders = ["form@ooma.example"]\nauthserv_id = "mx.example"', None),
        ("plus_addresses = true", "too long for plus_addresses"),
    ],
)
def test_what_of_a_mailbox_should_be_thought_of(
    tmp_path: Path, more: str, asks: str | None
) -> None:
    address = f"{'complaints' * 3}@ooma.example"
    found = said(installed(tmp_path, BOX.format(address=address, port=9) + more), "mailbox care")
    assert asks in found["ask"] if asks else "ask" not in found


@pytest.mark.parametrize(
    ("section", "level", "text"),
    [
        ("", "ask", "nobody is told"),
        ('[ops]\nmail_to = ["ops@ooma.example"]', "ask", "by the mail server that letters go by"),
        (
            '[ops]\nmail_to = ["ops@ooma.example"]\n[ops.smtp]\nhost = "127.0.0.1"\nport = 9\n'
            'security = "plain"',
            "fail",
            "check the section [ops.smtp]",
        ),
        ('[ops]\nwebhook = "https://hooks.example/x"', "ask", "posted to ops.webhook"),
    ],
)
def test_whether_anybody_hears_of_it_when_mail_stands_still(
    tmp_path: Path, section: str, level: str, text: str
) -> None:
    settings = installed(tmp_path, BOX.format(address=USER, port=9) + section)
    assert text in said(settings, "second route")[level]
