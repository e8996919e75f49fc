"""Opens the database of what people say, SQLite or PostgreSQL, and brings old ones up to date."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, NoSuchModuleError, SQLAlchemyError

from core.errors import BadInput, CoreError

PATIENCE = 30
"""Seconds that a save waits for others that are being written, or for the server to answer."""

_LOCK = 5_318_008_246  # any number: who migrates a PostgreSQL database holds the lock of this name
_POSTGRES = "postgresql+psycopg"
_WRITING = {"writing": True}

_ANOTHER = "or name another one in SECONDLOOK_DATABASE_URL"
_TROUBLES = {  # what the database says -> what is wrong with it, and what to do
    "locked": ("is being written to by another program", "Try again in a moment; nothing was saved."),
    "readonly": ("may not be written to", f"Allow it, {_ANOTHER}; nothing was saved."),
    "read-only": ("may not be written to", f"Allow it, {_ANOTHER}; nothing was saved."),
    "permission denied": ("may not be used", f"Allow it, {_ANOTHER}; nothing was saved."),
    "disk is full": ("has no room left on its disk", "Free some space and save again; nothing was saved."),
    "no space left": ("has no room left on its disk", "Free some space and save again; nothing was saved."),
    "disk i/o error": ("has trouble with its disk", "Look at the disk and at the space on it; nothing was saved."),
    "not a database": ("is not a database", f"Move the file away, {_ANOTHER}."),
    "malformed": ("is damaged", f"Put back a copy, {_ANOTHER}."),
    "password": ("does not accept the name or the password", "Correct SECONDLOOK_DATABASE_URL."),
    "does not exist": ("is not there", "Create it, or correct SECONDLOOK_DATABASE_URL."),
    "unable to open": ("cannot be opened", f"Check that its folder may be written to, {_ANOTHER}."),
}
_AWAY = ("cannot be reached", "Start it, or correct SECONDLOOK_DATABASE_URL; nothing was saved.")


def opened(url: str) -> Engine:
    """A database with today's tables: made where there is none, brought up to date where it is older.

    Args:
        url: sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME.

    Raises:
        BadInput: the address is not one of these.
        CoreError: the database cannot be reached, opened or written, or is of a newer version of the program.
    """
    engine = connected(url)
    with speaking(engine.url):
        migrate(engine)
    return engine


def connected(url: str) -> Engine:
    """An engine for a database, before anything is asked of it.

    Raises:
        BadInput: the address is neither of SQLite nor of PostgreSQL.
        CoreError: the folder of the file cannot be made.
    """
    address = _address(url)
    if address.drivername == _POSTGRES:
        return create_engine(address, pool_pre_ping=True, connect_args={"connect_timeout": PATIENCE})
    address = _with_folder(address)
    engine = create_engine(address, connect_args={"timeout": PATIENCE})
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def migrate(engine: Engine, version: str = "head") -> None:
    """Bring the tables up to a version, all steps in one transaction; who comes second waits and finds it done.

    Raises:
        CoreError: the database is of a newer version of the program.
    """
    script = ScriptDirectory(str(_migrations()))
    wanted = script.get_current_head() if version == "head" else version
    with engine.connect() as connection:
        if _version(connection) == wanted:
            return
    with writing(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        _refuse_newer(_version(connection), script, engine.url)
        config = Config()
        config.set_main_option("script_location", str(_migrations()).replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, version)


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that writes: all of it is kept, or nothing; on SQLite it waits for its turn before it reads."""
    with engine.connect().execution_options(**_WRITING) as connection, connection.begin():
        yield connection


@contextmanager
def speaking(url: URL) -> Iterator[None]:
    """Says in words what goes wrong with a database.

    Raises:
        CoreError: instead of what the driver raises.
    """
    try:
        yield
    except (DBAPIError, SQLAlchemyError, CommandError, OSError) as error:
        said = str(getattr(error, "orig", None) or error).strip()
        wrong, remedy = next((told for sign, told in _TROUBLES.items() if sign in said.lower()), _AWAY)
        line = said.splitlines()[0] if said else type(error).__name__
        raise CoreError(f"The database of the annotations, {named(url)}, {wrong} ({line}).", remedy) from error


def once(add: Callable[[], None]) -> None:
    """Add what has ids of its own, though somebody else may add the same at the same time: then it can be seen."""
    try:
        add()
    except IntegrityError:
        add()


def writable(text: str) -> bool:
    """Whether every database keeps a text as it is: PostgreSQL keeps no NUL, and none half of a surrogate pair."""
    try:
        return b"\0" not in text.encode()
    except UnicodeEncodeError:
        return False


def named(url: URL) -> str:
    """What to call a database in a message: its file, or its server and name, never its password."""
    if url.drivername == _POSTGRES:
        return f"{url.database} on {url.host or 'this machine'}"
    return os.path.basename(str(url.database))


def _address(url: str) -> URL:
    remedy = "Set SECONDLOOK_DATABASE_URL to sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME."
    try:
        address = make_url(url)
    except (ArgumentError, NoSuchModuleError, ValueError):
        raise BadInput("The address of the database of the annotations cannot be read.", remedy) from None
    if address.get_backend_name() in ("postgresql", "postgres"):
        return address.set(drivername=_POSTGRES)
    if address.get_backend_name() != "sqlite" or address.database in (None, "", ":memory:"):
        raise BadInput(f"Annotations cannot be kept in a database of the kind {address.drivername}.", remedy)
    return address.set(drivername="sqlite")


def _with_folder(address: URL) -> URL:
    """The address of the file by its whole path, in a folder that is there."""
    if str(address.database).startswith("file:"):
        return address  # an address of SQLite's own: its query says what may be done
    file = Path(str(address.database)).expanduser().absolute()
    with speaking(address):
        file.parent.mkdir(parents=True, exist_ok=True)
    return address.set(database=str(file))


def _prepare(connection: Any, _: object) -> None:
    """Let readers and one writer work at once, keep what was saved through a power cut, and leave BEGIN to us."""
    connection.isolation_level = None
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    # A transaction that reads first and writes later fails at once when another one wrote in between.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writing") else "BEGIN")


def _migrations() -> Path:
    return Path(__file__).resolve().parent / "migrations"


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return version


def _refuse_newer(version: str | None, script: ScriptDirectory, url: URL) -> None:
    known = {step.revision for step in script.walk_revisions()}
    if version is not None and version not in known:
        raise CoreError(
            f"The database of the annotations, {named(url)}, was written by a newer version of Second Look.",
            "Update Second Look, or name another database in SECONDLOOK_DATABASE_URL.",
        )
