"""A real PostgreSQL for tests, started on a free port and stopped with them."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

USER = "postgres"


@contextmanager
def postgres() -> Iterator[str]:
    """The address of a server, `postgresql://...:PORT`; the test is skipped where there can be none."""
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed (apt-get install postgresql)")
    home = Path(tempfile.mkdtemp(prefix="secondlook-postgres-", dir=quick_folder()))
    if os.getuid() == 0:
        shutil.chown(home, USER)
    try:
        _run(programs / "initdb", "-D", home / "data", "-U", USER, "-A", "trust", "--no-sync", "-E", "UTF8")
        port = _free_port()
        options = f"-p {port} -h 127.0.0.1 -k {home} -c fsync=off"
        _run(programs / "pg_ctl", "-D", home / "data", "-l", home / "log", "-w", "-o", options, "start")
        try:
            yield f"postgresql://{USER}@127.0.0.1:{port}"
        finally:
            _run(programs / "pg_ctl", "-D", home / "data", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)


def quick_folder() -> str | None:
    """A folder in memory where there is room, so that thousands of saves take seconds; None for the usual one."""
    memory = Path("/dev/shm")
    return str(memory) if memory.is_dir() and shutil.disk_usage(memory).free > 2_000_000_000 else None


def new_database(server: str) -> str:
    """The address of a new, empty database of a server."""
    from sqlalchemy import create_engine, text

    name = f"test_{uuid.uuid4().hex}"
    engine = create_engine(
        f"{server.replace('postgresql', 'postgresql+psycopg')}/postgres", isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return f"{server}/{name}"


def _programs() -> Path | None:
    """Where initdb lies: of the newest version installed, else on the path."""
    newest = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    return newest[-1].parent if newest else Path(on_path).resolve().parent if on_path else None


def _run(*command: object) -> None:
    """Run a program of PostgreSQL, which refuses to be root, and show what it says where it fails."""
    as_user = ("runuser", "-u", USER, "--") if os.getuid() == 0 else ()
    words = [*as_user, *map(str, command)]
    with tempfile.TemporaryFile("w+") as said:  # a pipe would be kept open by the server
        done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT, cwd="/")
        said.seek(0)
        assert 0 == done.returncode, said.read()


def _free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])
