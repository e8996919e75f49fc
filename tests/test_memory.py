"""Memory that is kept for the next pass: it is not fetched from the system again, and goes back afterwards."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

pytestmark = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library keeps memory its own way")

PASSES = """
import core, resource, threading, torch
from core import memory
from core.models.backbones import build

net = build("mobilenetv2_050", classes=2, size=(224, 224)).eval()
pictures = torch.ones(8, 3, 224, 224, requires_grad=True)

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(3):
        torch.autograd.grad(net(pictures).sum(), pictures)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

def work():
    faults()
    print(faults())
    with memory.kept():
        faults()
        print(min(faults() for _ in range(3)))  # a busy system takes pages away now and then: that only adds
    memory.give_back()
    print(faults())

{}
"""
HELD = """
import core, resource, time, torch
from core import memory

def size():
    return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize()

memory.IDLE = 0.1
before = size()
with memory.kept():
    torch.ones(64, 1024, 1024)
    print(size() - before)
for _ in range(600):
    if size() - before < 2**26:
        break
    time.sleep(0.1)
print(size() - before)
"""


def _printed(code: str) -> list[int]:
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return [int(line) for line in result.stdout.split()]


@pytest.mark.parametrize("how", ["work()", "one = threading.Thread(target=work); one.start(); one.join()"])
def test_within_the_block_hardly_a_page_is_fetched_again_and_afterwards_each_is(how: str) -> None:
    before, within, after = _printed(PASSES.format(how))
    assert within < before / 10 and within < after / 10


def test_what_is_kept_goes_back_a_while_after_the_last_work() -> None:
    kept, after = _printed(HELD)
    assert kept > 2**27 and after < 2**26
