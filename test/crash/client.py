# SPDX-FileCopyrightText: 2026 WESH contributors
# SPDX-License-Identifier: EUPL-1.2
"""One person with one connection, for tests that send many requests."""

import http.client
import json
import time


def uuid7(chance):
    number = (time.time_ns() // 1000000) << 80 | 7 << 76 | chance.getrandbits(12) << 64
    number |= 2 << 62 | chance.getrandbits(62)
    text = f"{number:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


class Client:
    """An answer that did not come raises."""

    def __init__(self, server, persona):
        self.token = server.people[persona]["token"]
        self.connection = http.client.HTTPConnection(server.host, server.port, timeout=20)

    def ask(self, method, path, body=None, key=None):
        headers = {"Authorization": "Bearer " + self.token}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if key is not None:
            headers["Idempotency-Key"] = key
        self.connection.request(method, path, json.dumps(body) if body is not None else None,
                                headers)
        answer = self.connection.getresponse()
        return answer.status, json.loads(answer.read() or b"null")
