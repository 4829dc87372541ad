#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 WESH contributors
# SPDX-License-Identifier: EUPL-1.2
import gzip
import hashlib
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
TOOLS = pathlib.Path(__file__).resolve().parent
HEAD = 'msgid ""\nmsgstr ""\n"Language: nl\\n"\n"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n'


class EmbedTest(unittest.TestCase):
    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.root)
        for name in ("web", "src", "po"):
            (self.root / name).mkdir()

    def write(self, name, content):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())

    def run_embed(self):
        command = [TOOLS / "embed", "--web", "web", "--templates", "src", "--po", "po", "--out", "out"]
        return subprocess.run(command, cwd=self.root, capture_output=True, text=True)

    def made(self, name):
        result = self.run_embed()
        self.assertEqual(result.stderr, "")
        self.assertEqual(result.returncode, 0)
        return (self.root / "out" / name).read_text()

    def refused(self, message):
        result = self.run_embed()
        self.assertEqual(result.returncode, 1)
        self.assertIn(message, result.stderr)
        self.assertNotIn("Traceback", result.stderr)
        self.assertFalse((self.root / "out").exists())

    def assets(self):
        """name: (media type, etag, bytes, gzip or None), read back from the C."""
        source = self.made("assets.c")
        arrays = {
            name: bytes(map(int, re.findall(r"\d+", numbers)))
            for name, numbers in re.findall(r"unsigned char (\w+)\[\] = \{([\d,\s]*)\};", source)
        }
        rows = re.findall(
            r'\{ "([^"]+)", "([^"]+)", "(\w{16})",\s+\{ \(const char \*\)(\w+), (\d+) \}, '
            r"\{ (?:\(const char \*\)(\w+)|NULL), (\d+) \} \}", source)
        self.assertIn(f"page_asset_count = {len(rows)};", source)
        return {
            name: (media, etag, arrays[data][: int(size)], arrays[packed] if packed else None)
            for name, media, etag, data, size, packed, _ in rows
        }

    def test_nothing(self):
        self.assertIn("page_asset_count = 0;", self.made("assets.c"))
        self.assertIn("page_template_count = 0;", self.made("templates.c"))

    def test_assets(self):
        css = "a{color:red}" * 100
        self.write("web/app.css", css)
        self.write("web/app.css.license", "x")
        self.write("web/.hidden", "x")
        self.write("web/icons/a.png", bytes(range(256)))
        self.write("web/empty.txt", b"")
        assets = self.assets()
        self.assertEqual(list(assets), ["app.css", "empty.txt", "icons/a.png"])
        media, etag, data, packed = assets["app.css"]
        self.assertEqual(media, "text/css; charset=utf-8")
        self.assertEqual(etag, hashlib.sha256(css.encode()).hexdigest()[:16])
        self.assertEqual(data.decode(), css)
        self.assertEqual(gzip.decompress(packed).decode(), css)
        self.assertEqual(packed[4:8], bytes(4))
        self.assertEqual(assets["icons/a.png"][2:], (bytes(range(256)), None))
        self.assertEqual(assets["empty.txt"][2:], (b"", None))

    def test_same_input_same_output(self):
        self.write("web/b.css", "b{}" * 200)
        self.write("src/a.html", "<p>")
        first = [self.made(f"{name}.c") for name in ("assets", "templates", "texts")]
        self.assertEqual(first, [self.made(f"{name}.c") for name in ("assets", "templates", "texts")])

    def test_references_change_the_hash(self):
        self.write("web/app.mjs", 'import "{{asset b.mjs}}"; import "{{asset b.mjs}}";')
        self.write("web/b.mjs", 'import "{{asset c.mjs}}";')
        self.write("web/c.mjs", "1")
        first = self.assets()
        self.assertEqual(first["app.mjs"][2].decode(),
                         f'import "/assets/{first["b.mjs"][1]}/b.mjs"; '
                         f'import "/assets/{first["b.mjs"][1]}/b.mjs";')
        self.write("web/c.mjs", "2")
        second = self.assets()
        for name in first:
            self.assertNotEqual(first[name][1], second[name][1])

    def test_bad_references(self):
        self.write("web/app.css", "\nurl({{asset no.png}})")
        self.refused("web/app.css:2: there is no asset 'no.png'")
        self.write("web/app.css", "{{asset b.css}}")
        self.write("web/b.css", "{{asset app.css}}")
        self.refused("assets that need each other: app.css → b.css → app.css")

    def test_references_only_in_text(self):
        self.write("web/a.png", "{{asset no.png}}")
        self.assertEqual(self.assets()["a.png"][2], b"{{asset no.png}}")

    def test_unknown_kind_of_file(self):
        self.write("web/a.exe", "x")
        self.refused("web/a.exe:1: no media type is known for '.exe' files")

    def test_templates(self):
        self.write("src/page/layout.html", "<p>\u00e9\n")
        self.write("src/feature/task/task_page.html", "x")
        source = self.made("templates.c")
        self.assertIn('{ "task_page", "src/feature/task/task_page.html", { (const char *)text_0, 1 } }', source)
        self.assertIn('{ "layout", "src/page/layout.html", { (const char *)text_1, 6 } }', source)
        self.assertIn("{\n60,112,62,195,169,10}", source)

    def test_two_templates_of_one_name(self):
        self.write("src/page/layout.html", "x")
        self.write("src/other/layout.html", "x")
        self.refused("has the same name")

    def test_texts(self):
        self.write("po/nl.po", HEAD + """
# by hand
#: src/a.html
msgid "b \\"q\\""
msgstr ""
"twee "
"\\\\ \u00e9"

#, fuzzy
msgid "fuzzy"
msgstr "vaag"

msgid "untranslated"
msgstr ""

msgid "a"
msgid_plural "{n} a"
msgstr[0] "een"
msgstr[1] "{n}"
#~ msgid "old"
#~ msgstr "oud"
""")
        source = self.made("texts.c")
        rows = re.findall(r"    \{ (.*) \},\n", source)
        self.assertEqual(rows, [
            r'"a", "een", "{n}"',
            r'"b \042q\042", "twee \134 \303\251", NULL',
            "NULL, NULL, NULL",
            '"nl", texts_nl, 2',
            "NULL, NULL, 0",
        ])

    def test_texts_sorted_by_bytes(self):
        keys = ["z", "\u00e9", "A", "a b", "a", "ab"]
        self.write("po/nl.po", HEAD + "".join(f'\nmsgid "{k}"\nmsgstr "x"\n' for k in keys))
        found = re.findall(r'\{ "([^"]*)", "x", NULL', self.made("texts.c"))
        self.assertEqual(found, ["A", "a", "a b", "ab", "z", "\\303\\251"])

    def test_bad_po(self):
        cases = {
            HEAD + 'msgid "a"\n': 'no msgstr for "a"',
            HEAD + 'msgstr "a"\n': "po/nl.po:5: msgstr where",
            HEAD + '\nmsgstr "a"\n': "po/nl.po:6: msgstr before msgid",
            HEAD + '\nmsgid "a\n': "po/nl.po:6: a text in double quotes was expected",
            HEAD + '\nmsgid "a"x\n': "po/nl.po:6: a text in double quotes was expected",
            HEAD + '\nmsgid "a\\q"\nmsgstr "b"\n': "po/nl.po:6: unknown escape \\q",
            HEAD + '\nmsgid "a"\nmsgstr[0] "b"\n': "po/nl.po:7: msgstr[0] where msgstr was expected",
            HEAD + '\nmsgid "a"\nmsgid_plural "b"\nmsgstr[0] "c"\n': "po/nl.po:6: a text with a plural",
            HEAD + '\nmsgid "a"\nmsgid_plural "b"\nmsgstr[1] "c"\n': "msgstr[1] where msgstr[0]",
            HEAD + '\nmsgid "a"\nmsgstr "b"\nmsgstr "c"\n': "po/nl.po:8: msgstr where",
            HEAD + '\nmsgid "a"\nmsgstr "b"\n\nmsgid "a"\nmsgstr "c"\n': 'po/nl.po:9: "a" is already in line 6',
            HEAD + '\nmsgctxt "a"\nmsgid "a"\nmsgstr "c"\n': "msgctxt is not used",
            HEAD + "\nwhat\n": "po/nl.po:6: not understood: what",
            HEAD + '\n"a"\n': "po/nl.po:6: not understood",
            'msgid "a"\nmsgstr "b"\n\n' + HEAD: "po/nl.po:4: the header must come first",
            'msgid "a"\nmsgstr "b"\n': "the header must say 'Language: nl'",
            HEAD.replace(": nl", ": de"): "the header must say 'Language: nl'",
            HEAD.replace("n != 1", "n > 1"): "the header must say 'Plural-Forms",
        }
        for content, message in cases.items():
            with self.subTest(message):
                self.write("po/nl.po", content)
                self.refused(message)
        self.write("po/nl.po", HEAD.encode() + b'\nmsgid "\xff"\nmsgstr "b"\n')
        self.refused("not valid UTF-8")

    def test_usage(self):
        result = subprocess.run([TOOLS / "embed", "--web", "x"], capture_output=True, text=True)
        self.assertEqual(result.returncode, 2)


if __name__ == "__main__":
    unittest.main()
