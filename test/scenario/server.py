# SPDX-FileCopyrightText: 2026 WESH contributors
# SPDX-License-Identifier: EUPL-1.2
"""Starts and stops a `wesh` on a demo folder of its own, for tests that speak HTTP to it."""

import json
import os
import re
import select
import shutil
import signal
import subprocess
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
WESH = os.environ.get("WESH", os.path.join(ROOT, "build", "test", "wesh"))
READY = re.compile(r"listening.*?http://([0-9.]+):(\d+)")
SANITIZER = re.compile(r"AddressSanitizer|LeakSanitizer|runtime error:|Assertion .* failed")


class Server:
    """`demo` is a filled data folder; the server works on a copy of it."""

    def __init__(self, demo, arguments=()):
        self.home = tempfile.mkdtemp(prefix="wesh-test-")
        self.data = os.path.join(self.home, "data")
        shutil.copytree(demo, self.data)
        with open(os.path.join(self.data, "demo-tokens.json"), encoding="utf-8") as file:
            self.people = json.load(file)
        self.log_path = os.path.join(self.home, "log")
        self.arguments = list(arguments)
        self.start()

    def start(self, listen="127.0.0.1:0", seconds=60):
        self.log = open(self.log_path, "ab")
        self.process = subprocess.Popen(
            [WESH, "serve", "--data", self.data, "--listen", listen, *self.arguments],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.log, cwd=ROOT)
        said, until = "", time.monotonic() + seconds
        while time.monotonic() < until:
            ready, _, _ = select.select([self.process.stdout], [], [], 0.1)
            if ready:
                said += os.read(self.process.stdout.fileno(), 65536).decode("utf-8", "replace")
            found = READY.search(said) or READY.search(self.log_text())
            if found:
                self.host, self.port = found[1], int(found[2])
                return
            if self.process.poll() is not None:
                break
        self.process.kill()
        raise RuntimeError(f"wesh serve did not start:\n{said}{self.log_text()[-3000:]}")

    def log_text(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def stop(self, seconds=30):
        """SIGTERM; gives the exit status, or None when it had to be killed."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            status = None
        self.log.close()
        self.process.stdout.close()
        return status

    def remove(self):
        shutil.rmtree(self.home, ignore_errors=True)


def make_demo(into):
    """Fills `into` with the demo region."""
    done = subprocess.run([WESH, "demo", "--data", into], cwd=ROOT, text=True, timeout=300,
                          stdin=subprocess.DEVNULL, capture_output=True)
    if done.returncode != 0:
        raise RuntimeError(f"wesh demo failed ({done.returncode}):\n{done.stdout}{done.stderr}")


def wesh(*arguments):
    """Runs a command to its end; gives the exit status and all it printed."""
    done = subprocess.run([WESH, *arguments], cwd=ROOT, text=True, timeout=300,
                          stdin=subprocess.DEVNULL, capture_output=True)
    return done.returncode, done.stdout + done.stderr
