# SPDX-FileCopyrightText: 2026 WESH contributors
# SPDX-License-Identifier: EUPL-1.2
"""The scenario language against a small server made here: every kind of check must be able to fail."""

import http.server
import json
import os
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from story import Failure, Story, look_up, uuid7  # noqa: E402


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    places = 1
    lock = threading.Lock()

    def log_message(self, *_):
        pass

    def answer(self, status, value, media="application/json"):
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", media)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.path == "/v1/tasks":
            self.answer(200, {"items": [{"id": "a", "title": "Bench", "rewardCents": 750},
                                        {"id": "b", "title": "Bin", "rewardCents": 125}]})
        elif self.path == "/events":
            self.answer(200, b'data: {"state":"open"}\n\ndata: {"state":"paid"}\n\n',
                        "text/event-stream")
        else:
            self.answer(404, {"code": "not-found", "path": self.path})

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/race":
            with Handler.lock:
                won, Handler.places = Handler.places > 0, Handler.places - 1
            self.answer(201 if won else 409, {})
            return
        self.answer(201, {"who": self.headers.get("Authorization"), "body": body.decode("latin-1"),
                          "key": self.headers.get("Idempotency-Key"),
                          "type": self.headers.get("Content-Type")})


class FakeServer:
    host, data, home = "127.0.0.1", "/nowhere", "/nowhere"
    people = {"ann": {"token": "secret"}}

    def __init__(self):
        self.http = http.server.ThreadingHTTPServer((self.host, 0), Handler)
        self.port = self.http.server_address[1]
        threading.Thread(target=self.http.serve_forever, daemon=True).start()


class StoryTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = FakeServer()

    @classmethod
    def tearDownClass(cls):
        cls.server.http.shutdown()
        cls.server.http.server_close()

    def tell(self, text):
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
            file.write(text)
            file.flush()
            story = Story(file.name)
            story.tell(self.server)
        return story

    def holds(self, text, passed=1):
        story = self.tell(text)
        self.assertEqual((story.passed, story.failed), (passed, 0), "\n".join(story.said))

    def fails(self, text, why):
        story = self.tell(text)
        self.assertEqual(story.failed, 1, text)
        self.assertIn(why, "\n".join(story.said))

    def test_status(self):
        self.holds("# a comment\n\nanyone GET /v1/tasks   200\n")
        self.fails("anyone GET /v1/tasks   201\n", "expected 201, got 200")

    def test_values(self):
        self.holds("anyone GET /v1/tasks   200 .items#=2; .items[0].rewardCents>=750\n"
                   "  .items[title=Bin].id=b; .nextCursor!\n")
        self.fails("anyone GET /v1/tasks   200 .items[0].rewardCents=751\n", "is 750")
        self.fails("anyone GET /v1/tasks   200\n  .items[0].rewardCents<750\n", "is 750")
        self.fails("anyone GET /v1/tasks   200 .items!\n", "is there")
        self.fails("anyone GET /v1/tasks   200 .nothing?\n", "has no .nothing")
        self.fails("anyone GET /v1/tasks   200 .items[title=Tree].id=b\n", "has no")

    def test_captures(self):
        self.holds("anyone GET /v1/tasks   200 as task=.items[1].id\n"
                   "anyone GET /v1/tasks/$task   404 not-found; .path=/v1/tasks/b\n", 2)
        self.fails("anyone GET /$unknown   200\n", "$unknown is not known")

    def test_refusals(self):
        self.holds("anyone GET /nowhere   404 not-found\n")
        self.fails("anyone GET /nowhere   404 forbidden\n", "got not-found")

    def test_who_key_and_bodies(self):
        self.holds('ann POST /x {"a":1}   201 .who="Bearer secret"; .key~-7...-; .type~json\n')
        self.holds("anyone POST /x key=none @form a=1 b='x y'   201 .key=null; .body=a=1&b=x+y\n")
        self.holds("anyone POST /x key=k Content-Type:text/plain {}   201 .key=k; .type=text/plain\n")
        self.holds("anyone POST /x @raw application/json '{\\xff'   201 .body={ÿ\n")
        self.holds("anyone POST /x @multipart moment=after photo=%1024   201 .body~moment\n"
                   "  .type~multipart; .body~bytes.jpg\n")
        self.fails("bob POST /x {}   201\n", "no persona 'bob'")

    def test_race(self):
        Handler.places = 1
        self.holds("ann,anyone x20 POST /race {}   201 x1, 409 x19\n")
        Handler.places = 2
        self.fails("ann x20 POST /race {}   201 x1, 409 x19\n", "expected {201: 1")

    def test_events(self):
        self.holds("ann LISTEN /events   200\nann hears within 2s .state=paid\n", 2)
        self.fails("ann LISTEN /events   200\nann hears within 1s .state=lost\n", "heard only")

    def test_commands_and_waiting(self):
        self.holds("run printf hello   0\n  body ~ ^hello$\n")
        self.fails("run false   0\n", "got 1")
        self.fails("wait 1s until anyone GET /nowhere   200\n", "got 404")

    def test_unreadable_line(self):
        self.fails("this says nothing\n", "can't be read")

    def test_stops_at_the_first_failure(self):
        story = self.tell("anyone GET /v1/tasks   500\nanyone GET /v1/tasks   200\n")
        self.assertEqual((story.passed, story.failed), (0, 1))

    def test_needs(self):
        story = self.tell("needs no/such/file\nanyone GET /v1/tasks   500\n")
        self.assertEqual((story.passed, story.failed, story.skipped), (0, 0, 1))

    def test_look_up_and_uuid(self):
        self.assertEqual(look_up({"a": [{"b": 1}]}, ".a[0].b"), 1)
        with self.assertRaises(Failure):
            look_up({"a": 1}, ".a.b")
        self.assertRegex(uuid7(), r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")


if __name__ == "__main__":
    unittest.main()
