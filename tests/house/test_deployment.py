"""The files for containers: what they start exists, runs without rights, and is bounded."""

import re

import pytest
import yaml
from typer.main import get_command

from services.cli import app
from services.core.settings import Settings
from services.serving import INGEST_PATHS
from tests.house.sources import ROOT

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
SERVICES = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == "rorc"}
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
COMMANDS = set(get_command(app).commands)


def test_every_service_of_the_product_is_there():
    assert set(OURS) == {"migrate", "ingest", "analytics", "api", "dashboards"}
    assert set(SERVICES) - set(OURS) == {"postgres", "proxy"}


@pytest.mark.parametrize("name", OURS)
def test_a_service_runs_a_command_with_settings_that_exist(name):
    assert set(OURS[name]["command"]) <= COMMANDS

    known = {f"RORC_{field.upper()}" for field in Settings.model_fields}
    assert set(OURS[name]["environment"]) <= known


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_a_limit_and_waits_for_services_that_exist(name):
    assert re.fullmatch(r"\d+[mg]", SERVICES[name]["mem_limit"])
    assert set(SERVICES[name].get("depends_on", {})) <= set(SERVICES)


@pytest.mark.parametrize("name", set(SERVICES) - {"migrate", "analytics"})
def test_whatever_answers_is_asked_for_its_health(name):
    assert SERVICES[name]["healthcheck"]["test"]


def test_only_the_proxy_is_reached_from_outside():
    assert [name for name, service in SERVICES.items() if service.get("ports")] == ["proxy"]


def test_the_api_cannot_write_to_the_snapshots():
    assert OURS["api"]["volumes"] == ["warehouse:/data:ro"]


def test_a_warehouse_can_be_renamed_into_the_snapshot_folder():
    assert OURS["analytics"]["volumes"] == ["warehouse:/data"], "a rename does not go from one volume to another"


def test_every_volume_is_declared():
    used = {mount.split(":")[0] for service in SERVICES.values() for mount in service.get("volumes", [])}

    assert {name for name in used if not name.startswith(".")} == set(COMPOSE["volumes"])


def test_the_image_runs_as_a_user_without_rights():
    after = DOCKERFILE.rpartition("FROM ")[2]

    assert re.search(r"^USER (?!root\b|0\b)\w+$", after, re.MULTILINE)
    assert set(re.findall(r"\b(RORC_[A-Z_]+)=", after)) <= {f"RORC_{name.upper()}" for name in Settings.model_fields}


def test_what_the_image_copies_is_there():
    copied = " ".join(re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)).split()

    assert copied and [name for name in copied if not (ROOT / name).exists()] == []


def test_every_route_under_v1_reaches_its_service():
    caddy = (ROOT / "deploy" / "Caddyfile").read_text("utf-8")

    told = re.search(r"@ingest path (.+)", caddy)
    assert told and {path.removesuffix("/*") for path in told[1].split()} == set(INGEST_PATHS)
    assert caddy.index("@ingest") < caddy.index("@api path /v1/*") < caddy.index("reverse_proxy dashboards")


def test_every_variable_of_the_compose_file_stands_in_the_example():
    text = (ROOT / "docker-compose.yml").read_text("utf-8")
    example = (ROOT / "deploy" / "env.example").read_text("utf-8")

    assert set(re.findall(r"\$\{(\w+)", text)) == set(re.findall(r"^(\w+)=", example, re.MULTILINE))
