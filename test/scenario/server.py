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


class Postgresql:
    """A server for tests: databases on it, and copies of them."""

    def __init__(self):
        self.folder = os.path.join(tempfile.gettempdir(), f"wesh-postgresql-{os.getpid()}")
        place = os.environ.get("WESH_TEST_POSTGRESQL") or subprocess.check_output(
            [os.path.join(ROOT, "test", "postgresql", "start"), self.folder, str(os.getpid())],
            text=True)
        self.place = place.strip().rsplit("/", 1)[0]
        self.count = 0

    def sql(self, text):
        subprocess.run(["psql", "-qX", self.place + "/postgres", "-c", text], check=True,
                       stdin=subprocess.DEVNULL, capture_output=True)

    def make(self, template="template0"):
        """Gives the connection string of a new database."""
        self.count += 1
        name = f"wesh_scenario_{os.getpid()}_{self.count}"
        self.sql(f"CREATE DATABASE {name} TEMPLATE {template.rsplit('/', 1)[-1]} STRATEGY file_copy")
        return f"{self.place}/{name}"

    def remove(self, store):
        self.sql(f"DROP DATABASE IF EXISTS {store.rsplit('/', 1)[-1]} WITH (FORCE)")

    def stop(self):
        if os.path.isdir(self.folder):
            subprocess.run([os.path.join(ROOT, "test", "postgresql", "stop"), self.folder], check=False)


class Server:
    """`demo` is a filled data folder; the server works on a copy of it, and of the database `store`
    of `postgresql` where that is given."""

    def __init__(self, demo, arguments=(), postgresql=None, store=None):
        self.home = tempfile.mkdtemp(prefix="wesh-test-")
        self.data = os.path.join(self.home, "data")
        shutil.copytree(demo, self.data)
        with open(os.path.join(self.data, "demo-tokens.json"), encoding="utf-8") as file:
            self.people = json.load(file)
        self.log_path = os.path.join(self.home, "log")
        self.postgresql = postgresql
        self.store = postgresql.make(store) if postgresql else None
        self.place = ["--data", self.data] + (["--store", self.store] if self.store else [])
        self.arguments = list(arguments)
        self.start()

    def start(self, listen="127.0.0.1:0", seconds=60):
        self.log = open(self.log_path, "ab")
        self.process = subprocess.Popen(
            [WESH, "serve", *self.place, "--listen", listen, *self.arguments],
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
        if self.store:
            self.postgresql.remove(self.store)
        shutil.rmtree(self.home, ignore_errors=True)


def make_demo(into, store=None):
    """Fills `into`, and the database `store`, with the demo region."""
    place = ["--data", into] + (["--store", store] if store else [])
    done = subprocess.run([WESH, "demo", *place], cwd=ROOT, text=True, timeout=300,
                          stdin=subprocess.DEVNULL, capture_output=True)
    if done.returncode != 0:
        raise RuntimeError(f"wesh demo failed ({done.returncode}):\n{done.stdout}{done.stderr}")


def wesh(*arguments):
    """Runs a command to its end; gives the exit status and all it printed."""
    done = subprocess.run([WESH, *arguments], cwd=ROOT, text=True, timeout=300,
                          stdin=subprocess.DEVNULL, capture_output=True)
    return done.returncode, done.stdout + done.stderr
