"""How a test walks the dashboard: a server on a free port, a browser, an empty window."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from tests.tiny_models import save_tiny_models

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed (requirements-dev.txt)")
ROOT = Path(__file__).resolve().parent.parent
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
LONG = 60_000
"""Milliseconds to wait for something to appear: enough for a busy machine."""


@contextmanager
def served(root: Path, data: Path, **settings: str) -> Iterator[str]:
    """Address of the dashboard on a data set and two tiny networks, while the block lasts.

    Args:
        root: folder of the cache and the networks.
        data: the data set.
        settings: what else the environment says.
    """
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "SECONDLOOK_CACHE": str(root / "cache"),
        "SECONDLOOK_DATA": str(data),
        "SECONDLOOK_CHECKPOINTS": str(save_tiny_models(root / "models", "first", "second")),
        **settings,
    }
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app/main.py", "--server.port", str(port)]
    server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield _awake(f"http://127.0.0.1:{port}", server)
    finally:
        server.terminate()
        server.wait()


def _awake(url: str, server: subprocess.Popen[bytes]) -> str:
    for _ in range(600):
        assert server.poll() is None, "the dashboard ended before it was ready"
        try:
            with urlopen(f"{url}/_stcore/health"):
                return url
        except (URLError, ConnectionError):
            time.sleep(0.1)
    raise AssertionError("the dashboard did not start within a minute")


@contextmanager
def chromium() -> Iterator[sync_api.Browser]:
    """Chromium: the system's, or Playwright's own."""
    with sync_api.sync_playwright() as playwright:
        try:
            opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        except sync_api.Error as error:
            pytest.skip(f"no Chromium to walk with: {error.message.splitlines()[0]}")
        yield opened
        opened.close()


@contextmanager
def window(browser: sync_api.Browser, *, height: int) -> Iterator[sync_api.Page]:
    """An empty window; any error of a script on the page fails the test."""
    page = browser.new_page(viewport={"width": 1440, "height": height})
    page.set_default_timeout(LONG)
    sync_api.expect.set_options(timeout=LONG)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    page.close()
    assert [] == errors
