"""Settings: a wrong value stops start-up with its key and its remedy, and no secret is shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import String

from plugin.settings import SettingsError, find, load
from plugin.store.schema import mailbox

GOOD = """
[smtp]
host = "mail.example.com"
password = "hunter2-smtp"

[mailbox.care]
provider = "ooma"
address = "Care@Example.com"
host = "mail.example.com"
username = "care"
password_file = "pw"

[provider.jive]
acknowledgement_timeframe = "10 business days"
"""

BOX = '[mailbox.a]\nprovider = "ooma"\nhost = "x"\naddress = "a@b.example"\n'
PHONE = "[phone.a]\nprovider = 'ooma'\n"
OAUTH = f'{BOX}[mailbox.a.oauth]\nclient_id = "i"\nclient_secret = "s"\n'


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "answerable.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_a_secret_file_and_the_environment(tmp_path: Path) -> None:
    (tmp_path / "pw").write_text("s3cret\n", encoding="utf-8")
    environ = {"ANSWERABLE_MAILBOX__CARE__POLL_SECONDS": "5", "OTHER": "x"}
    settings = load(written(tmp_path, GOOD), environ)
    care = settings.mailbox["care"]
    assert care.password is not None
    assert care.password.get_secret_value() == "s3cret"
    assert (care.poll_seconds, care.address) == (5, "care@example.com")
    assert settings.sender("ooma") == "care@example.com"
    assert settings.sender("opus") is None
    assert settings.for_provider("jive").values == {"acknowledgement_timeframe": "10 business days"}
    assert settings.keys_file == tmp_path / "var/keys.json"
    assert settings.database_url == f"sqlite:///{tmp_path}/var/answerable.db"
    assert "s3cret" not in repr(settings)
    assert "hunter2-smtp" not in repr(settings)


@pytest.mark.parametrize(
    ("text", "key", "remedy"),
    [
        ("[web]\nport = 70000", "web.port", "a port"),
        ("[web]\nprot = 1", "web.prot", "remove it or correct its name"),
        ('base = "/etc"', "base", "remove it"),
        ('[smtp]\nhost = ""', "smtp.host", "the server's name"),
        ('[smtp]\nhost = "x"\nsecurity = "none"', "smtp.security", "starttls"),
        ('[database]\nurl = "mysql://x"', "database.url", "SQLite and PostgreSQL"),
        ('[mailbox.a]\nprovider = "ooma"\nhost = "x"', "mailbox.a.address", "own address"),
        (f"{BOX}[mailbox.a.oauth]\nservice = 'yahoo'", "mailbox.a.oauth.service", '"google"'),
        (f"{OAUTH}service = 'microsoft'\n", "mailbox.a.oauth", "microsoft needs tenant"),
        (f"{OAUTH}service = 'google'\n", "mailbox.a.oauth", "google needs refresh_token"),
        (
            f"{OAUTH}service = 'other'\nrefresh_token = 'r'\ntoken_url = 'http://x'",
            "mailbox.a.oauth.token_url",
            "by https://",
        ),
        (
            f"{OAUTH}service = 'google'\nclient_secret_file = 'none'",
            "mailbox.a.oauth.client_secret_file",
            "readable",
        ),
        ("[ops]\nwebhook = 'https://x/#y'", "ops.webhook", "https://"),
        ("[ops]\nwebhook = 'http://x'", "ops.webhook", "https://"),
        ("[ops.smtp]\nhost = ''", "ops.smtp.host", "the server's name"),
        ("[ops]\nmail_to = ['nobody']", "ops.mail_to.0", "ops@example.com"),
        ('[smtp]\nhost = "x"\ntimeout_seconds = 61', "smtp.timeout_seconds", "1 to 60 seconds"),
        (BOX.replace("mailbox.a", f"mailbox.{'a' * 51}"), f"mailbox.{'a' * 51}.[key]", "50 char"),
        ("[sending]\nper_address = 0", "sending.per_address", "24 hours"),
        ('[mailbox.a]\npassword_file = "no"', "mailbox.a.password_file", "readable text file"),
        (f"{PHONE}system = 'nortel'\nsecret = 's'", "phone.a.system", "zammad-cti"),
        (f"{PHONE}system = 'twilio'\nsecret = ''", "phone.a", "it has no secret"),
        (
            f"{PHONE}system = 'twilio'\nsecret = 's'\nsignature = 'sha256'",
            "phone.a",
            "signature: it is none of: hmac-sha1, hmac-sha256",
        ),
        (f"{PHONE}system = 'twilio'\nsecret_sercet = 's'", "phone.a", "secret_sercet: twilio has"),
        (f"{PHONE}system = 'twilio'", "phone.a", "it has no secret; secret is the account's Auth"),
        (
            f"{PHONE}system = 'vonage'\nsecret = 's'\napi = 'x'",
            "phone.a",
            "vonage has no such option; it has: api_key is",
        ),
        ("[phone.a]\nsystem = '3cx'\nsecret = 's'", "phone.a.provider", "no plan names"),
        ('[provider.jive]\nx = "a\\r\\nBcc: b"', "provider.jive.x", "pattern"),
    ],
)
def test_a_wrong_value_is_named_with_its_remedy(
    tmp_path: Path, text: str, key: str, remedy: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        load(written(tmp_path, text), {})
    (problem,) = [p for p in refused.value.problems if p.startswith(f"{key}:")]
    assert remedy in problem
    assert "answerable.toml" in str(refused.value)


@pytest.mark.parametrize(
    "address",
    [
        "care..uk@ooma.example",
        ".care@ooma.example",
        "care@ooma.example.",
        "care@ooma..example",
        "care:uk@ooma.example",
        "care(uk)@ooma.example",
        "care[1]@ooma.example",
        "care@[ooma]",
        "k\u00e4re@ooma.example",
        "care@\u00f6oma.example",
    ],
    ids=ascii,
)
def test_an_address_that_no_letter_can_bear_stops_start_up(tmp_path: Path, address: str) -> None:
    sender = f'[provider.ooma]\nsender = "{address}"\n'
    with pytest.raises(SettingsError) as refused:
        load(written(tmp_path, BOX.replace("a@b.example", address) + sender), {})
    box, provider = sorted(refused.value.problems)
    assert box.startswith("mailbox.a.address: ")
    assert box.endswith("; give the mailbox's own address, e.g. care@example.com")
    assert provider.startswith("provider.ooma.sender: ")


@pytest.mark.parametrize(
    "address", ["care@xn--oma-sna.example", "care+uk@ooma.example", "c.a_r-e'@localhost"]
)
def test_an_address_that_a_letter_can_bear_is_taken(tmp_path: Path, address: str) -> None:
    settings = load(written(tmp_path, BOX.replace("a@b.example", address)), {})
    assert settings.sender("ooma") == address


def test_the_longest_name_of_a_mailbox_fits_where_its_sent_folder_is_kept(tmp_path: Path) -> None:
    name = "a" * 50
    text = f'{BOX.replace("mailbox.a", f"mailbox.{name}")}sent_folder = "Sent"\n'
    assert list(load(written(tmp_path, text), {}).mailbox) == [name]
    column = mailbox.c.name.type
    assert isinstance(column, String)
    assert column.length is not None
    assert len(f"{name}/sent") <= column.length


def test_a_file_that_is_not_toml_or_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="it is not TOML"):
        load(written(tmp_path, "= ="), {})
    with pytest.raises(SettingsError, match="cannot be read"):
        load(tmp_path / "none.toml", {})
    with pytest.raises(SettingsError, match=r"there is no file .*none\.toml"):
        find({"ANSWERABLE_CONFIG": str(tmp_path / "none.toml")}, tmp_path)


def test_the_file_named_comes_before_the_folders_and_that_before_a_fallback(
    tmp_path: Path,
) -> None:
    assert find({}, tmp_path) is None
    (tmp_path / "other.toml").touch()
    assert find({}, tmp_path, ("other.toml",)) == tmp_path / "other.toml"
    (tmp_path / "answerable.toml").touch()
    assert find({}, tmp_path, ("other.toml",)) == tmp_path / "answerable.toml"
    named = {"ANSWERABLE_CONFIG": str(tmp_path / "other.toml")}
    assert find(named, tmp_path) == tmp_path / "other.toml"


@pytest.mark.parametrize("proxy", ["localhost", "10.0.0.1:80", "*", "proxy.example.com"])
def test_a_proxy_is_named_by_its_address(proxy: str) -> None:
    with pytest.raises(SettingsError, match=r"web\.proxy: it is no IP address"):
        load(None, {"ANSWERABLE_WEB__PROXY": proxy})


@pytest.mark.parametrize(
    ("web", "address"),
    [
        ({}, "http://127.0.0.1:8080"),
        ({"HOST": "::1"}, "http://[::1]:8080"),
        ({"URL": "https://panel.example.com"}, "https://panel.example.com"),
    ],
)
def test_the_address_of_the_panel(web: dict[str, str], address: str) -> None:
    made = load(None, {f"ANSWERABLE_WEB__{key}": value for key, value in web.items()})
    assert made.web.address(8080) == address


def test_a_list_comes_from_the_environment_as_json() -> None:
    name = "ANSWERABLE_PROVIDER__OOMA__CONFIRMED_CONTACTS"
    made = load(None, {name: '["800 4433 1345", "http://www.ooma.co.uk/terms"]'})
    assert made.for_provider("ooma").confirmed_contacts == (
        "800 4433 1345",
        "http://www.ooma.co.uk/terms",
    )
    for wrong in ("800 4433 1345", "{}", '"800"', "[1]"):
        with pytest.raises(SettingsError, match=r"provider\.ooma\.confirmed_contacts"):
            load(None, {name: wrong})
