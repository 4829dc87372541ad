# SPDX-FileCopyrightText: 2026 WESH contributors
# SPDX-License-Identifier: EUPL-1.2
"""The language of the scenarios; README.md beside this file explains it."""

import http.client
import json
import mimetypes
import os
import re
import secrets
import shlex
import subprocess
import threading
import time
from datetime import datetime, timedelta, timezone
from urllib.parse import urlencode

from server import ROOT, WESH

LINE = re.compile(r"^(?:wait (?P<wait>\d+)s until )?(?P<who>[a-z0-9,-]+?)(?: x(?P<times>\d+))? "
                  r"(?P<method>GET|HEAD|POST|PUT|PATCH|DELETE|LISTEN) (?P<path>(?:\$\{[^}]*\}|\S)+)(?: (?P<body>.*\S))?"
                  r"\s{2,}(?P<status>\d{3}( x\d+(, \d{3} x\d+)*)?|-)(?:\s+(?P<clauses>.*))?$")
OPTION = re.compile(r"^(key=\S+|[A-Z][A-Za-z-]*:(?:\"[^\"]*\"|\S+))(?:\s+|$)")
CLAUSE = re.compile(r"^(?P<path>\.(?:\[[^\]]*\]|[^=!<>~?\[])*?)\s*(?P<test>!=|>=|<=|=|<|>|~|\?|!)\s*(?P<value>.*)$")
STEP = re.compile(r"\.?([A-Za-z_][\w-]*)|\[(\d+)\]|\[([\w.]+)=([^\]]*)\]|(#)$")


class Failure(Exception):
    """A check that did not hold."""


def uuid7(moment=None):
    """RFC 9562, 5.7."""
    ms = int((moment or datetime.now(timezone.utc)).timestamp() * 1000)
    number = ms << 80 | 7 << 76 | secrets.randbits(12) << 64 | 2 << 62 | secrets.randbits(62)
    text = f"{number:032x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def ago(text):
    """'-40d' or '+5m' as a moment."""
    found = re.fullmatch(r"([+-]\d+)([smhd])", text)
    unit = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}[found[2]]
    return datetime.now(timezone.utc) + timedelta(**{unit: int(found[1])})


def look_up(value, path):
    """`.items[0].id`, `.items[title=Bench].id`, `.items#` for the count."""
    at = 0
    while at < len(path):
        step = STEP.match(path, at)
        if not step:
            raise Failure(f"'{path}' is not a path")
        at = step.end()
        try:
            if step[1]:
                value = value[step[1]]
            elif step[2]:
                value = value[int(step[2])]
            elif step[3]:
                value = next(v for v in value if str(look_up(v, "." + step[3])) == step[4])
            else:
                value = len(value)
        except (KeyError, IndexError, TypeError, StopIteration):
            raise Failure(f"the answer has no {path}") from None
    return value


def plain(value):
    return value if isinstance(value, str) else json.dumps(value)


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    @property
    def json(self):
        try:
            return json.loads(self.body)
        except ValueError:
            raise Failure("the answer is not JSON") from None

    def __str__(self):
        return f"{self.status} {self.headers.get('Content-Type', '')}\n    {self.text[:1500]}"


class Ear(threading.Thread):
    """Listens to server-sent events and keeps the data of each."""

    def __init__(self, connection):
        super().__init__(daemon=True)
        self.connection, self.heard, self.changed = connection, [], threading.Condition()

    def run(self):
        data = []
        try:
            for line in self.connection.getresponse():
                line = line.decode("utf-8").rstrip("\r\n")
                if line.startswith("data:"):
                    data.append(line[5:].lstrip(" "))
                elif not line and data:
                    with self.changed:
                        self.heard.append("\n".join(data))
                        self.changed.notify_all()
                    data = []
        except (OSError, ValueError, http.client.HTTPException, AttributeError):
            pass  # the server stopped, or the story is over

    def close(self):
        self.connection.close()


class Story:
    def __init__(self, path, verbose=False):
        self.path, self.verbose, self.server, self.proxy_port = path, verbose, None, None
        self.values, self.ears = {"root": ROOT}, {}
        self.passed, self.failed, self.skipped = 0, 0, 0
        self.said = []
        self.last, self.sent = None, ""

    # Reading

    def fill(self, text):
        def value(found):
            name, argument = found[1] or found[2], (found[3] or "").strip()
            if name == "uuid7":
                return uuid7(ago(argument) if argument else None)
            if name == "time":
                moment = ago(argument) if argument else datetime.now(timezone.utc)
                return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
            if name == "repeat":
                what, times = argument.split()
                return what * int(times)
            if name not in self.values:
                raise Failure(f"${name} is not known yet")
            return plain(self.values[name])
        return re.sub(r"\$(?:([a-z]\w*)|\{([a-z]\w*)( [^}]*)?\})", value, text)

    def body_of(self, text):
        """The bytes that a body is sent as, and their media type."""
        if not text:
            return None, None
        if text[0] in "{[" or text[0] == '"':
            return text.encode(), "application/json"
        words = shlex.split(text)
        kind, words = words[0], words[1:]
        if kind == "@form":
            pairs = [tuple(word.split("=", 1)) for word in words]
            return urlencode(pairs).encode(), "application/x-www-form-urlencoded"
        if kind == "@multipart":
            return self.multipart(words)
        if kind == "@raw":  # @raw TYPE TEXT; \xNN stands for a byte
            return words[1].encode().decode("unicode_escape").encode("latin-1"), words[0]
        raise Failure(f"{kind} is no kind of body")

    def multipart(self, words):
        mark, parts = secrets.token_hex(16), []
        for word in words:
            name, value = word.split("=", 1)
            head = f'Content-Disposition: form-data; name="{name}"'
            content = value.encode()
            if value.startswith("@"):
                place = value[1:] if os.path.isabs(value[1:]) else os.path.join(ROOT, value[1:])
                with open(place, "rb") as file:
                    content = file.read()
                media = mimetypes.guess_type(place)[0] or "application/octet-stream"
                head += f'; filename="{os.path.basename(place)}"\r\nContent-Type: {media}'
            elif value.startswith("%"):  # %size of bytes that are no photo
                content = bytes(range(256)) * (int(value[1:]) // 256)
                head += '; filename="bytes.jpg"\r\nContent-Type: image/jpeg'
            parts.append(f"--{mark}\r\n{head}\r\n\r\n".encode() + content + b"\r\n")
        return b"".join(parts) + f"--{mark}--\r\n".encode(), f"multipart/form-data; boundary={mark}"

    def request_of(self, line):
        """Who, headers and bytes of a request line."""
        rest, headers = self.fill(line["body"] or ""), {}
        if line["method"] in ("POST", "PUT", "PATCH"):
            headers["Idempotency-Key"] = uuid7()
        while found := OPTION.match(rest):
            option, rest = found[1], rest[found.end():]
            if option == "key=none":
                headers.pop("Idempotency-Key", None)
            elif option.startswith("key="):
                headers["Idempotency-Key"] = option[4:]
            else:
                name, value = option.split(":", 1)
                headers[name] = value.strip('"')
        body, media = self.body_of(rest)
        if media:
            headers.setdefault("Content-Type", media)
        return headers, body

    # Doing

    def connect(self):
        return http.client.HTTPConnection(self.server.host, self.server.port, timeout=60)

    def may_pass_proxy(self, status, path, headers, body):
        """A proxy reads and rewrites what it passes on: files and what is meant to be malformed would
        come out as something else."""
        if not self.proxy_port or not path.startswith("/v1/") or ".." in path or "%" in path:
            return False
        if body is None:
            return status != "414"
        return headers["Content-Type"] == "application/json" and status not in ("-", "400", "413")

    def ask(self, who, method, path, headers, body, connection=None, cut=False, by_proxy=False):
        headers = dict(headers)
        if who != "anyone":
            if who not in self.server.people:
                raise Failure(f"the demo has no persona '{who}'")
            headers.setdefault("Authorization", "Bearer " + self.server.people[who]["token"])
        if by_proxy:
            connection = http.client.HTTPConnection(self.server.host, self.proxy_port, timeout=60)
            path = path.removeprefix("/v1")
        connection = connection or self.connect()
        try:
            if cut:  # promise the whole body, send half of it, hang up
                connection.putrequest(method, path)
                for name, value in {**headers, "Content-Length": str(len(body))}.items():
                    connection.putheader(name, value)
                connection.endheaders()
                connection.send(body[:len(body) // 2])
                return None
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        except (ConnectionError, http.client.HTTPException) as error:
            raise Failure(f"no answer: {error!r}") from None
        finally:
            connection.close()

    def race(self, line, path):
        """The same request by several people at the same moment."""
        people, times = line["who"].split(","), int(line["times"])
        gate, answers = threading.Barrier(times), [None] * times

        def run(number):
            headers, body = self.request_of(line)
            connection = self.connect()
            connection.connect()
            gate.wait()
            try:
                answers[number] = self.ask(people[number % len(people)], line["method"], path,
                                           headers, body, connection).status
            except Failure as failure:
                answers[number] = str(failure)
        threads = [threading.Thread(target=run, args=(n,)) for n in range(times)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        wanted = {}
        for part in line["status"].split(", "):
            status, count = part.split(" x")
            wanted[int(status)] = int(count)
        got = {status: answers.count(status) for status in set(answers)}
        if got != wanted:
            raise Failure(f"expected {wanted}, got {got}")

    def request(self, line, clauses):
        path = self.fill(line["path"])
        if line["times"]:
            self.race(line, path)
            return
        if line["method"] == "LISTEN":
            headers, _ = self.request_of(line)
            connection = self.connect()
            headers["Accept"] = "text/event-stream"
            if line["who"] != "anyone":
                headers["Authorization"] = "Bearer " + self.server.people[line["who"]]["token"]
            connection.request("GET", path, None, headers)
            self.ears[line["who"]] = Ear(connection)
            self.ears[line["who"]].start()
            return
        until = time.monotonic() + int(line["wait"] or 0)
        while True:
            try:
                self.request_once(line, path, clauses)
                return
            except Failure:
                if time.monotonic() >= until:
                    raise
            time.sleep(0.2)

    def request_once(self, line, path, clauses):
        headers, body = self.request_of(line)
        self.sent = f"{line['who']} {line['method']} {path} {(body or b'')[:600]!r}"
        self.last = answer = self.ask(line["who"], line["method"], path, headers, body,
                                      cut=line["status"] == "-", by_proxy=self.may_pass_proxy(
                                          line["status"], path, headers, body))
        if answer is None:
            return
        if answer.status != int(line["status"]):
            raise Failure(f"expected {line['status']}, got {answer.status}")
        told = answer.headers.get("sl-violations")
        if told:
            told = [v for v in json.loads(told)
                    if answer.status < 300 or v["location"][0] == "response"]
        if told:
            raise Failure(f"not as the OpenAPI description says: {told}")
        for clause in clauses:
            self.check(clause, answer)

    def check(self, clause, answer):
        clause = self.fill(clause)
        if clause.startswith("as "):
            name, place = re.fullmatch(r"as (\w+)\s*=\s*(\S+)", clause).groups()
            if place.startswith("header:"):
                if place[7:] not in answer.headers:
                    raise Failure(f"the answer has no header {place[7:]}")
                self.values[name] = answer.headers[place[7:]]
            else:
                self.values[name] = look_up(answer.json, place)
        elif clause.startswith("save "):
            with open(clause[5:], "wb") as file:
                file.write(answer.body)
        elif clause.startswith("header "):
            name, test, value = re.fullmatch(r"header ([\w-]+)\s*(=|~|!)\s*(.*)", clause).groups()
            self.compare(f"header {name}", answer.headers.get(name), test, value)
        elif clause.startswith("body "):
            test, value = re.fullmatch(r"body\s*(~|!~)\s*(.*)", clause).groups()
            found = re.search(value, answer.text)
            if bool(found) != (test == "~"):
                raise Failure(f"the body {'lacks' if test == '~' else 'has'} {value}")
        elif CLAUSE.match(clause):
            found = CLAUSE.match(clause)
            try:
                value = look_up(answer.json, found["path"])
            except Failure:
                if found["test"] == "!":
                    return
                raise
            if found["test"] == "!":
                raise Failure(f"{found['path']} is there: {plain(value)}")
            if found["test"] != "?":
                self.compare(found["path"], value, found["test"], found["value"])
        else:  # the code of a refusal
            told = answer.json
            code = told.get("code") or str(told.get("type", "")).rsplit("/", 1)[-1]
            if code != clause:
                raise Failure(f"expected the refusal {clause}, got {code}")

    @staticmethod
    def compare(what, value, test, wanted):
        shown = plain(value) if value is not None else "null"
        wanted = wanted.strip('"')
        holds = {
            "=": lambda: shown == wanted,
            "!=": lambda: shown != wanted,
            "~": lambda: re.search(wanted, shown) is not None,
            "!": lambda: value is None,
            ">=": lambda: float(shown) >= float(wanted),
            "<=": lambda: float(shown) <= float(wanted),
            ">": lambda: float(shown) > float(wanted),
            "<": lambda: float(shown) < float(wanted),
        }[test]()
        if not holds:
            raise Failure(f"{what} is {shown}, expected {test} {wanted}")

    def hears(self, line):
        """`cashier hears within 3s .state=paid`"""
        who, seconds, clause = re.fullmatch(r"(\S+) hears within (\d+)s (.*)", line).groups()
        ear, until, seen = self.ears[who], time.monotonic() + int(seconds), 0
        while True:
            with ear.changed:
                while len(ear.heard) <= seen:
                    left = until - time.monotonic()
                    if left <= 0:
                        raise Failure(f"heard only {ear.heard}")
                    ear.changed.wait(left)
                event = ear.heard[seen]
            seen += 1
            try:
                self.check(clause, Answer(200, {}, event.encode()))
                return
            except Failure:
                pass

    def command(self, line, clauses):
        """`run wesh verify --data $data   0`"""
        words, status = re.fullmatch(r"run (.*\S)\s{2,}(\d+)", line).groups()
        words = shlex.split(self.fill(words))
        if words[0] == "wesh":
            words[0] = WESH
        store = getattr(self.server, "store", None)
        environment = {**os.environ, **({"WESH_STORE": store} if store else {})}
        done = subprocess.run(words, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=300, env=environment)
        self.sent = " ".join(words)
        self.last = Answer(done.returncode, {}, done.stdout + done.stderr)
        if done.returncode != int(status):
            raise Failure(f"expected exit status {status}, got {done.returncode}")
        for clause in clauses:
            self.check(clause, self.last)

    # Telling

    def steps(self):
        """Each line with the clauses that belong to it: (number, line, clauses)."""
        steps = []
        with open(self.path, encoding="utf-8") as file:
            for number, raw in enumerate(file, 1):
                line = raw.rstrip()
                if not line or line.lstrip().startswith("#"):
                    continue
                if line[0] in " \t":
                    steps[-1][2].extend(c.strip() for c in line.split(";"))
                else:
                    steps.append((number, line, []))
        return steps

    def step(self, line, clauses):
        if line.startswith("let "):
            name, value = re.fullmatch(r"let (\w+)\s*=\s*(.*)", line).groups()
            self.values[name] = self.fill(value)
        elif line.startswith("run "):
            self.command(line, clauses)
        elif " hears within " in line:
            self.hears(line)
        else:
            found = LINE.match(line)
            if not found:
                raise Failure("this line can't be read")
            more = [c.strip() for c in (found["clauses"] or "").split(";") if c.strip()]
            self.request(found, more + clauses)

    def say(self, text):
        self.said.append(f"{os.path.basename(self.path)}: {text}")

    def tell(self, server, proxy_port=None):
        """Runs the story. It stops at its first failure: what follows builds on it."""
        self.server, self.proxy_port = server, proxy_port
        self.values.update(data=server.data, home=server.home)
        for number, line, clauses in self.steps():
            if line.startswith("needs "):
                if os.path.exists(os.path.join(ROOT, line[6:])):
                    continue
                self.say(f"line {number} and on: skipped, {line[6:]} is missing")
                self.skipped += 1
                break
            self.last, self.sent = None, ""
            try:
                self.step(line, clauses)
            except Exception as failure:  # also a line whose parts can't be read
                self.failed += 1
                self.say(f"line {number}: {failure}\n  {line}\n  sent: {self.sent}\n"
                         f"  got: {self.last}")
                break
            self.passed += not line.startswith("let ")
            if self.verbose:
                self.say(f"line {number}: ok  {line}")
        for ear in self.ears.values():
            ear.close()
