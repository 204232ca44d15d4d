"""The image and the topology are what docs/docker.md promises. No engine is needed: the files are read."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from brobygger.cli import app
from ops.runtime_packages import runtime_packages
from tests.house_rules.project import ROOMS, ROOT
from tests.house_rules.test_settings import NAMES, values

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE_TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(COMPOSE_TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = [name for name, one in SERVICES.items() if one.get("image", "").startswith("brobygger:")]
ONCE = ["migrate", "prepare"]
PINNED = re.compile(r"(?:[\w.-]+/)*[\w.-]+:v?\d+(?:\.\d+)+[\w.-]*(?:@sha256:[0-9a-f]{64})?")
VARIABLE = re.compile(r"\b(?:BROBYGGER|TELEGRAM|DATABASE)_[A-Z_]+\b")


def instructions() -> Iterator[tuple[str, str]]:
    """The Dockerfile's lines, joined where they go on: ("FROM", "python:... AS packages")."""
    bare = "\n".join(line for line in DOCKERFILE.splitlines() if not line.lstrip().startswith("#"))
    for line in re.sub(r"\\\n\s*", " ", bare).splitlines():
        word, _, rest = line.partition(" ")
        if word:
            yield word, rest


def said(word: str) -> list[str]:
    return [rest for one, rest in instructions() if one == word]


# The image


def test_the_base_is_pinned_by_tag_and_digest_and_the_same_in_both_stages() -> None:
    bases = [rest.split()[0] for rest in said("FROM")]

    assert len(bases) == 2
    assert len(set(bases)) == 1
    assert re.fullmatch(r"python:3\.11\.\d+-slim-bookworm@sha256:[0-9a-f]{64}", bases[0])


def test_the_image_runs_as_nobody_in_particular_under_a_fixed_number() -> None:
    assert said("USER") == ["10001:10001"]
    assert "--uid 10001" in DOCKERFILE


def test_sqlite_lies_in_the_only_volume() -> None:
    assert said("VOLUME") == ["/var/lib/brobygger"]
    assert "DATABASE_URL=sqlite:////var/lib/brobygger/" in DOCKERFILE


def test_packages_come_with_their_hashes_and_no_file_names_a_registry() -> None:
    files = [DOCKERFILE, COMPOSE_TEXT, *(file.read_text(encoding="utf-8") for file in (ROOT / "ops").glob("*.*"))]

    assert "--require-hashes" in DOCKERFILE
    assert "--only-binary :all:" in DOCKERFILE
    assert not any(re.search(r"index-url|image: [\w-]+\.\w+/|FROM [\w-]+\.\w+/", text) for text in files)


def test_the_image_says_whether_it_is_well_and_starts_by_a_command_that_there_is() -> None:
    assert "/health" in said("HEALTHCHECK")[0]
    assert json.loads(said("ENTRYPOINT")[0])[-2:] == ["-m", "brobygger"]
    assert json.loads(said("CMD")[0]) == ["run"]


def test_every_room_is_in_the_image_and_let_through() -> None:
    copied = {rest.split()[0] for rest in said("COPY")}
    let_through = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()

    assert set(ROOMS) <= copied
    assert {f"!{room}" for room in ROOMS} <= set(let_through)
    assert let_through[let_through.index("*") :][0] == "*"


def test_the_image_has_what_runs_and_not_the_tools() -> None:
    chosen = runtime_packages(
        (ROOT / "pyproject.toml").read_text(encoding="utf-8"), (ROOT / "constraints.txt").read_text(encoding="utf-8")
    )
    names = set(re.findall(r"^([a-z0-9-]+)==", chosen, re.MULTILINE))

    assert {"starlette", "psycopg-binary", "greenlet", "markupsafe", "httpcore", "fasttext-predict"} <= names
    assert not names & {"pytest", "mypy", "ruff", "playwright", "hypothesis", "onnx", "tokenizers", "pip"}
    assert chosen.count("--hash=sha256:") >= len(names)
    assert len(re.findall(r"^numpy==", chosen, re.MULTILINE)) == 2  # one for each range of Python versions


@pytest.mark.skipif(shutil.which("hadolint") is None, reason="hadolint is not installed")
def test_hadolint_finds_nothing() -> None:
    looked = subprocess.run(("hadolint", ROOT / "Dockerfile"), capture_output=True, text=True, check=False)

    assert looked.stdout == ""


# The topology


def test_every_part_is_there() -> None:
    assert OURS == ["migrate", "prepare", "chat", "worker", "editor"]
    assert SERVICES["chat"]["deploy"]["replicas"] >= 2
    assert {name: one["profiles"] for name, one in SERVICES.items() if "profiles" in one} == {
        "rasa": ["rasa"],
        "prometheus": ["monitoring"],
        "grafana": ["monitoring"],
    }


@pytest.mark.parametrize("name", OURS)
def test_every_command_is_one_of_ours(name: str) -> None:
    commands = get_command(app).commands  # type: ignore[attr-defined]

    assert SERVICES[name]["command"][0] in commands


@pytest.mark.parametrize("name", SERVICES)
def test_every_image_has_an_exact_tag(name: str) -> None:
    assert PINNED.fullmatch(SERVICES[name]["image"])


def test_our_image_has_the_version_of_the_project() -> None:
    version = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)

    assert version
    assert {SERVICES[name]["image"] for name in OURS} == {f"brobygger:{version[1]}"}


@pytest.mark.parametrize("name", SERVICES)
def test_ports_are_open_on_this_machine_only(name: str) -> None:
    assert all(port.startswith("127.0.0.1:") for port in SERVICES[name].get("ports", []))


def test_the_proxy_writes_down_nobody_and_lets_no_figures_out() -> None:
    proxy = (ROOT / "ops" / "nginx.conf").read_text(encoding="utf-8")

    assert "access_log off;" in proxy
    assert "error_log stderr crit;" in proxy
    assert re.search(r"location /metrics \{\s*return 404;", proxy)
    assert set(re.findall(r"set \$to (\w+);", proxy)) == {"chat", "editor"}


@pytest.mark.parametrize("name", SERVICES)
def test_every_part_may_do_little_and_take_little(name: str) -> None:
    part = SERVICES[name]

    assert "no-new-privileges:true" in part["security_opt"]
    assert part["deploy"]["resources"]["limits"].keys() == {"cpus", "memory"}
    assert part["restart"] == ("no" if name in ONCE else "unless-stopped")
    assert not part.get("privileged")
    if name in OURS:
        assert part["read_only"]
        assert part["cap_drop"] == ["ALL"]


@pytest.mark.parametrize("name", SERVICES)
def test_every_part_that_listens_says_whether_it_is_well(name: str) -> None:
    check = SERVICES[name].get("healthcheck", {"test": "that of our image"} if name in OURS else {})

    assert check.get("disable", False) == (name in ONCE)
    assert check.get("disable") or check["test"]


def test_nothing_starts_before_what_it_needs() -> None:
    waits = {name: one.get("depends_on", {}) for name, one in SERVICES.items()}

    assert waits["migrate"] == {"db": {"condition": "service_healthy"}}
    assert waits["prepare"] == {"migrate": {"condition": "service_completed_successfully"}}
    assert all(
        waits[name] == {"prepare": {"condition": "service_completed_successfully"}}
        for name in ("chat", "worker", "editor")
    )


@pytest.mark.parametrize("name", SERVICES)
def test_secrets_come_from_files_alone(name: str) -> None:
    environment = SERVICES[name].get("environment", {})
    secret = {key for key in environment if re.search(r"PASSWORD|TOKEN|SECRET|_KEY|DATABASE_URL|SMTP_URL", key)}

    assert all(key.endswith("_FILE") for key in secret)
    for key in secret:
        file = Path(environment[key])
        assert file.parent == Path("/run/secrets")
        assert file.name in SERVICES[name]["secrets"]
        assert COMPOSE["secrets"][file.name] == {"file": f"./secrets/{file.name}"}


def test_every_secret_that_we_know_can_come_from_a_file() -> None:
    settings = (ROOT / "core" / "settings.py").read_text(encoding="utf-8")
    known = set(re.findall(r'env\.secret\("([A-Z_]+)"\)', settings))

    assert {f"{name}_FILE" for name in known} <= SERVICES["chat"]["environment"].keys()


def test_every_variable_of_ours_is_a_setting() -> None:
    named = {one.removesuffix("_FILE") for one in VARIABLE.findall(DOCKERFILE + COMPOSE_TEXT)}

    assert named <= set(NAMES)
    assert SERVICES["chat"]["env_file"] == ".env"  # the copy of .env.example, which has them all


def test_every_file_that_is_mounted_is_there() -> None:
    written_beside = {"./rasa/models"}  # the municipality's own
    mounted = {volume.split(":")[0] for one in SERVICES.values() for volume in one.get("volumes", [])}

    missing = {path for path in mounted if path.startswith("./") and not (ROOT / path).exists()}

    assert missing <= written_beside


def test_secrets_are_made_once_and_for_the_owner_only(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "ops", tmp_path / "ops")
    make = tmp_path / "ops" / "make_secrets.sh"

    subprocess.run(make, check=True)
    before = {file.name: file.read_text(encoding="utf-8") for file in (tmp_path / "secrets").iterdir()}
    subprocess.run(make, check=True)

    assert before == {file.name: file.read_text(encoding="utf-8") for file in (tmp_path / "secrets").iterdir()}
    assert before.keys() == COMPOSE["secrets"].keys()
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    assert before["database_password"] in before["database_url"]
    assert len(before["webhook_secret"]) == 48


@pytest.mark.skipif(shutil.which("docker-compose") is None, reason="docker-compose is not installed")
def test_compose_understands_the_file(tmp_path: Path) -> None:
    shutil.copy(ROOT / "docker-compose.yml", tmp_path)
    shutil.copy(ROOT / ".env.example", tmp_path / ".env")

    read = subprocess.run(
        ("docker-compose", "--profile", "rasa", "--profile", "monitoring", "config"),
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert read.returncode == 0, read.stderr
    understood = yaml.safe_load(read.stdout)["services"]
    assert understood.keys() == SERVICES.keys()
    assert understood["chat"]["environment"]["BROBYGGER_KEEP_DAYS"] == values()["BROBYGGER_KEEP_DAYS"]
