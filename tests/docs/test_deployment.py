"""The page about deployment names only what the program has, and all that the program reads from
its environment."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import typer

from oneplace.cli import app

REPO = Path(__file__).resolve().parents[2]
PAGE = (REPO / "docs/how-to/deploy-the-site.md").read_text(encoding="utf-8")
NOT_FOR_DEPLOYMENT = {
    "ONEPLACE_DIR",
    "ONEPLACE_STATIC",
    "ONEPLACE_SERVER",
    "ONEPLACE_TODAY",
}  # set by `serve`, or for tests


def read_by_the_program() -> set[str]:
    """Every name of the environment that stands in the code as a text."""
    text = "\n".join(p.read_text(encoding="utf-8") for p in (REPO / "src").rglob("*.py"))
    return set(re.findall(r'"(ONEPLACE_[A-Z_]+|DATABASE_URL)"', text))


def test_every_setting_of_the_page_is_read_and_every_setting_read_is_on_the_page():
    named = set(re.findall(r"\b(ONEPLACE_[A-Z_]+|DATABASE_URL)\b", PAGE))
    assert named - {"ONEPLACE_DIR"} == read_by_the_program() - NOT_FOR_DEPLOYMENT


def test_every_command_and_option_of_the_page_exists():
    commands = typer.main.get_command(app).commands
    found = re.findall(r"\boneplace ([a-z]+)((?: [^\n`|]*)?)", PAGE)
    asked = {
        (name, option)
        for name, rest in found
        if name in commands
        for option in re.findall(r"--[a-z-]+", rest)
    }
    assert {name for name, _ in found if name in commands} >= {
        "new",
        "build",
        "serve",
        "backup",
        "restore",
        "audit",
    }
    for name, option in asked:
        assert any(option in p.opts for p in commands[name].params), (name, option)


def test_the_address_of_health_exists():
    from oneplace.web import config

    assert "healthz" in (Path(config.__file__).parent / "urls.py").read_text(encoding="utf-8")
    assert "/healthz" in PAGE


def block(after: str) -> str:
    found = re.search(re.escape(after) + r".*?```\n(.*?)```", PAGE, re.S)
    assert found, after
    return found[1]


def test_the_proxys_configuration_is_one_that_nginx_takes(tmp_path):
    nginx = shutil.which("nginx") or next(
        (p for p in ("/usr/sbin/nginx",) if Path(p).exists()), None
    )
    if nginx is None:
        pytest.skip("needs nginx: apt install nginx")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x", "-days", "1",
         "-keyout", tmp_path / "key.pem", "-out", tmp_path / "cert.pem"], check=True, capture_output=True,
    )  # fmt: skip
    server = block("For nginx:").replace("/etc/ssl/place.pem", str(tmp_path / "cert.pem"))
    server = server.replace("/etc/ssl/place.key", str(tmp_path / "key.pem"))
    (tmp_path / "nginx.conf").write_text(
        f"pid {tmp_path}/pid;\nevents {{}}\nhttp {{\naccess_log off;\n{server}}}\n"
    )
    done = subprocess.run(
        [nginx, "-t", "-c", tmp_path / "nginx.conf"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_unit_is_one_that_systemd_takes(tmp_path):
    analyse = shutil.which("systemd-analyze")
    if analyse is None:
        pytest.skip("needs systemd-analyze: apt install systemd")
    unit = tmp_path / "oneplace.service"
    program = shutil.which("true") or "/bin/true"
    text = block("`/etc/systemd/system/oneplace.service`:")
    unit.write_text(
        re.sub(r"ExecStart=\S+", f"ExecStart={program}", text).replace(
            "User=oneplace", f"User={_user()}"
        )
    )
    done = subprocess.run([analyse, "verify", unit], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def _user() -> str:
    import pwd

    return pwd.getpwuid(os.geteuid()).pw_name
