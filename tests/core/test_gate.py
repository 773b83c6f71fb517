"""`rorc accounts` and `rorc keys`: what is shown once, and what is refused."""

import re

import psycopg
import pytest
from typer.testing import CliRunner, Result

from services.cli import app
from services.core.settings import Settings

CITY = "370100000000"


@pytest.fixture
def rorc(database, monkeypatch):
    monkeypatch.setenv("RORC_DATABASE_URL", database)
    monkeypatch.setenv("COLUMNS", "200")
    assert Settings().database_url == database

    def run(*arguments: str, typed: str | None = None) -> Result:
        return CliRunner().invoke(app, arguments, input=typed)

    return run


def test_an_account_is_made_with_a_password_that_is_shown_once(rorc):
    made = rorc("accounts", "create", "Desk", "--role", "city", "--division", CITY)

    assert made.exit_code == 0 and re.search(r"^\w{4}(-\w{4}){3}$", made.output.strip())
    listed = rorc("accounts", "list").output
    assert "desk" in listed and made.output.strip() not in listed


def test_a_password_that_is_typed_has_to_be_fit(rorc):
    made = ["accounts", "create", "desk", "--role", "city", "--division", CITY, "--prompt"]

    typed = [rorc(*made, typed=f"{word}\n{word}\n") for word in ("short", "sorghum-terrace-lantern")]

    assert [one.exit_code for one in typed] == [1, 0]
    assert "12" in typed[0].output


@pytest.mark.parametrize(
    ("role", "division", "code"),
    [("chief", CITY, 2), ("city", "37", 2), ("county", CITY, 1), ("export_system", CITY, 1)],
)
def test_an_account_that_cannot_be_is_not_made(rorc, role, division, code):
    assert rorc("accounts", "create", "desk", "--role", role, "--division", division).exit_code == code


def test_an_account_is_taken_out_of_use_and_back_and_its_password_reset(rorc, database):
    rorc("accounts", "create", "desk", "--role", "city", "--division", CITY)

    states = []
    for command in (["disable", "desk"], ["disable", "desk", "--enable"]):
        assert rorc("accounts", *command).exit_code == 0
        with psycopg.connect(database) as connection:
            states.append(connection.execute("select disabled_at is null from account").fetchone()[0])
    assert states == [False, True]
    assert re.search(r"\w{4}(-\w{4}){3}", rorc("accounts", "reset", "DESK", "--authenticator").output)
    assert rorc("accounts", "reset", "nobody").exit_code == 1


def test_an_account_is_unbound_from_whom_it_belongs_to_at_the_provider(rorc, database):
    rorc("accounts", "create", "desk", "--role", "city", "--division", CITY)
    with psycopg.connect(database) as connection:
        connection.execute("update account set oidc_issuer = 'https://id.example', oidc_subject = '248289761001'")
    assert "✓" in rorc("accounts", "list").output

    unbound, unknown = rorc("accounts", "unbind", "DESK"), rorc("accounts", "unbind", "nobody")

    assert (unbound.exit_code, unknown.exit_code) == (0, 1)
    assert "✓" not in rorc("accounts", "list").output


def test_a_key_is_rotated_once_and_the_list_shows_machines_alone(rorc):
    token = rorc("keys", "create", "township", "--division", CITY, "--right", "read").output.strip()
    prefix = token.split("_")[1]

    rotated, again = rorc("keys", "rotate", prefix), rorc("keys", "rotate", prefix)

    assert (rotated.exit_code, again.exit_code) == (0, 1)
    listed = rorc("keys", "list").output
    assert prefix in listed and rotated.output.split("_")[1] in listed and "last used" in listed
    assert rorc("keys", "revoke", prefix).exit_code == 0
