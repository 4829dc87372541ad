# SPDX-FileCopyrightText: 2026 WESH contributors
# SPDX-License-Identifier: EUPL-1.2
"""tools/check-layers and tools/check-words must find what they are there for."""

import os
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
LAYERS = "base\ncodec: base\nfeature\napp\n\nclaim -> task\n"


class ChecksTest(unittest.TestCase):
    def tell(self, files, layers=LAYERS):
        with tempfile.TemporaryDirectory() as root:
            for path, text in {"LAYERS": layers, "src/feature/task/task.h": "",
                               "src/feature/claim/claim.h": "", **files}.items():
                place = os.path.join(root, path)
                os.makedirs(os.path.dirname(place), exist_ok=True)
                with open(place, "w", encoding="utf-8") as file:
                    file.write(text)
            done = subprocess.run([sys.executable, os.path.join(HERE, "check-layers"), root],
                                  capture_output=True, text=True)
            return done.returncode, done.stdout

    def test_allowed(self):
        for path, include in [("src/feature/claim/a.c", "base/text.h"),
                              ("src/feature/claim/a.c", "feature/task/task.h"),
                              ("src/feature/claim/a.c", "gen/task_sql.h"),
                              ("src/feature/claim/a.c", "feature/claim/private.h"),
                              ("src/feature/claim/a_test.c", "feature/task/testing.h"),
                              ("src/app/a.c", "feature/task/task.h"),
                              ("src/codec/a.c", "base/text.h"),
                              ("src/base/a.c", "gen/err_all.def")]:
            self.assertEqual(self.tell({path: f'#include "{include}"\n'}), (0, ""), (path, include))

    def test_refused(self):
        for path, include in [("src/base/a.c", "feature/task/task.h"),
                              ("src/base/a.c", "gen/task_sql.h"),
                              ("src/codec/a.c", "app/app.h"),
                              ("src/feature/task/a.c", "feature/claim/claim.h"),
                              ("src/feature/task/a.c", "gen/claim_sql.h"),
                              ("src/feature/claim/a.c", "feature/task/private.h"),
                              ("src/feature/claim/a.c", "feature/task/testing.h"),
                              ("src/feature/claim/a.c", "unknown/a.h")]:
            status, said = self.tell({path: f'\n#include "{include}"\n'})
            self.assertEqual(status, 1, (path, include))
            self.assertIn(f"{path}:2: ", said)

    def test_circle(self):
        status, said = self.tell({}, LAYERS + "task -> shop\nshop -> claim\n")
        self.assertEqual(status, 1)
        self.assertIn("circle: claim -> task -> shop -> claim", said)

    def test_words(self):
        for name, text, found in [("a.c", "strcpy(a, b);", True), ("a.c", "/* strcpy(a) */", False),
                                  ("a.c", 'f("strcpy(a)");', False), ("a.c", "my_strcpy(a);", False),
                                  ("a_test.c", "strcpy(a, b);", False), ("a.md", "FIX" "ME", True)]:
            with tempfile.TemporaryDirectory() as root:
                path = os.path.join(root, name)
                with open(path, "w", encoding="utf-8") as file:
                    file.write(text)
                done = subprocess.run([sys.executable, os.path.join(HERE, "check-words"), path],
                                      capture_output=True, text=True)
                self.assertEqual(done.returncode, int(found), (name, text, done.stdout))


if __name__ == "__main__":
    unittest.main()
