#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 WESH contributors
# SPDX-License-Identifier: EUPL-1.2
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
TOOLS = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(TOOLS))
import po  # noqa: E402


class TextsTest(unittest.TestCase):
    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.root)
        (self.root / "src").mkdir()

    def write(self, name, content):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")

    def run_texts(self, command):
        return subprocess.run([TOOLS / "texts", command, "--root", self.root],
                              capture_output=True, text=True)

    def extract(self):
        result = self.run_texts("extract")
        self.assertEqual((result.returncode, result.stderr), (0, ""))

    def keys(self, lang):
        return [e.key for e in po.read(self.root / "po" / f"{lang}.po")[1]]

    def translations(self, lang):
        return {e.key: e.texts for e in po.read(self.root / "po" / f"{lang}.po")[1]}

    def translate(self, lang, key, *texts):
        """Puts texts in a language's file, as a translator would."""
        path = self.root / "po" / f"{lang}.po"
        lines = path.read_text(encoding="utf-8").split("\n")
        at = lines.index(f"msgid {po.quote(key)}") + 1
        if len(texts) == 1:
            lines[at] = f"msgstr {po.quote(texts[0])}"
        else:
            lines[at + 1 : at + 3] = [f"msgstr[{i}] {po.quote(t)}" for i, t in enumerate(texts)]
        path.write_text("\n".join(lines), encoding="utf-8")

    def problems(self):
        result = self.run_texts("check")
        self.assertEqual(result.returncode, 1 if result.stderr else 0)
        self.assertNotIn("Traceback", result.stderr)
        return result.stderr.replace(f"{self.root}/", "")

    def test_finds_every_kind(self):
        self.write("src/a/a_page.html", """<!-- {{t "not this"}} -->
{{title "Title {a}" a=b}} {{t "one" "{n} many" n=count}} {{ t "say \\"hi\\"" }}
{{word "task.category" x}} {{title "{name}" name=x}} {{value "field" x}} {{asset "app.css"}}""")
        self.write("src/a/a_err.def", """/* ERR(NO, "no", 1, "not this") */
ERR(ERR_A, "a.a", 400, "An error.")
ERR(ERR_B, "a.b", 400,
    "Two " "parts, \\"quoted\\".")
""")
        self.write("src/a/a_words.def", 'WORD("task.category:bench", "Bench")\n')
        self.write("src/a/a.c", """// N_("not this")
/* nor N_("this") */ const char *s = "/* N_(\\"nor this\\")";
f(N_("From C"), N_("Long "
   "one")); IN_("no"); char c = '"'; g(N_("after a quote"));
""")
        self.write("src/a/a_test.c", 'N_("of a test")')
        self.extract()
        self.assertEqual(self.keys("nl"), [
            "From C", "Long one", "after a quote", "An error.", 'Two parts, "quoted".',
            "Title {a}", "one", 'say "hi"', "task.category:bench",
        ])
        self.assertEqual(self.translations("nl")["one"], ["", ""])
        english = self.translations("en")
        self.assertEqual(english["one"], ["one", "{n} many"])
        self.assertEqual(english["task.category:bench"], ["Bench"])
        self.assertEqual(english["From C"], ["From C"])
        pot = (self.root / "po/wesh.pot").read_text()
        self.assertIn('#: src/a/a_page.html\nmsgid "one"\nmsgid_plural "{n} many"\nmsgstr[0] ""\n', pot)
        self.assertIn('#. Bench\n#: src/a/a_words.def\nmsgid "task.category:bench"\n', pot)
        self.assertNotIn("Language:", pot)

    def test_gettext_reads_them(self):
        msgfmt = shutil.which("msgfmt")
        if not msgfmt:
            self.skipTest("msgfmt is not installed")
        self.write("src/a.html", '{{t "a \\"b\\" \\\\ {n}" n=x}} {{t "one" "{n}" n=y}}')
        self.extract()
        for path in (self.root / "po").iterdir():
            subprocess.run([msgfmt, "--check-format", "-o", "/dev/null", path], check=True)

    def test_merge_keeps_and_drops(self):
        self.write("src/a.html", '{{t "stays"}} {{t "goes"}} {{t "one" "{n}" n=x}}')
        self.extract()
        self.translate("nl", "stays", "blijft")
        self.translate("nl", "goes", "gaat")
        self.translate("nl", "one", "een", "{n} stuks")
        self.translate("en", "stays", "Stays put")
        path = self.root / "po/nl.po"
        path.write_text(path.read_text().replace('#: src/a.html\nmsgid "stays"', '# why\nmsgid "stays"'))
        self.write("src/a.html", '{{t "new"}} {{t "stays"}} {{t "one" "{n}" n=x}}')
        self.extract()
        self.assertEqual(self.translations("nl"),
                         {"new": [""], "stays": ["blijft"], "one": ["een", "{n} stuks"]})
        self.assertEqual(self.translations("en")["stays"], ["Stays put"])
        self.assertIn('# why\n#: src/a.html\nmsgid "stays"', path.read_text())
        before = path.read_text()
        self.extract()
        self.assertEqual(path.read_text(), before)

    def test_changed_english_of_words_and_plurals(self):
        self.write("src/a_words.def", 'WORD("a:b", "Old")')
        self.write("src/a.html", '{{word "a" x}}{{t "one" "{n}" n=x}}')
        self.extract()
        self.translate("nl", "one", "een", "{n}")
        self.write("src/a_words.def", 'WORD("a:b", "New")')
        self.write("src/a.html", '{{word "a" x}}{{t "one" "{n} more" n=x}}')
        self.extract()
        self.assertEqual(self.translations("en"), {"a:b": ["New"], "one": ["one", "{n} more"]})
        self.assertIn('fuzzy: someone must look at this: "one"', self.problems())

    def test_check_complete(self):
        self.write("src/a.html", '{{t "Hi {who}" who=x}} {{t "one" "{n}" n=x}}')
        self.extract()
        self.assertIn('po/nl.po:10: missing: "Hi {who}"', self.problems())
        for lang in ("nl", "de"):
            self.translate(lang, "Hi {who}", "Hoi {who}")
            self.translate(lang, "one", "{n} x", "{n} xx")
        self.assertEqual(self.problems(), "")
        self.assertEqual(self.run_texts("check").stdout, "2 texts, complete in nl, en, de\n")

    def test_check_problems(self):
        self.write("src/a.html", '{{t "Hi {who}" who=x}}')
        self.extract()
        self.translate("de", "Hi {who}", "Hallo {who}")
        cases = {
            "Hoi {wie}": "placeholders ['wie'] where the English has ['who']",
            "Hoi": "placeholders [] where the English has ['who']",
            "Loon, {who}": "the word 'loon'",
            "{who} LOHN": "the word 'Lohn'",
            "{who} wage": "the word 'wage'",
            "": "missing",
        }
        for text, message in cases.items():
            with self.subTest(text):
                self.translate("nl", "Hi {who}", text)
                self.assertIn(message, self.problems())
        self.translate("nl", "Hi {who}", "Belooning wages Lohnend {who}")
        self.assertEqual(self.problems(), "")
        path = self.root / "po/nl.po"
        whole = path.read_text()
        path.write_text(whole.replace("#: src/a.html\n", "#: src/a.html\n#, fuzzy\n"))
        self.assertIn("fuzzy", self.problems())
        path.write_text(whole + '\nmsgid "gone"\nmsgstr "weg"\n\n#~ msgid "old"\n#~ msgstr "oud"\n')
        self.assertIn('obsolete: "gone"', self.problems())
        self.assertIn('obsolete: #~ msgid "old"', self.problems())
        path.write_text(whole.split("#: src/a.html")[0])
        self.assertIn('po/nl.po: missing: "Hi {who}" (src/a.html)', self.problems())
        path.unlink()
        self.assertIn("po/nl.po: is not there", self.problems())

    def test_unknown_words(self):
        self.write("src/a.html", '{{word "a.b" x}}')
        self.extract()
        self.assertEqual(self.problems(), 'src/a.html: no WORD("a.b:…") anywhere\n')

    def test_bad_sources(self):
        cases = {
            "src/a_err.def": ("ERR(ERR_A, CODE, 1, TEXT)", "an ERR(…) or WORD(…) could not be read"),
            "src/a_words.def": ('WORD("bench", "Bench")', "a key is like task.category:bench"),
            "src/b.html": ('{{t "a" "b {n}" n=x}} {{t "a" "c {n}" n=x}}', '"a" has two plurals'),
            "src/c_words.def": ('WORD("a:b", "B") WORD("a:b", "C")', '"a:b" means two things'),
        }
        for name, (content, message) in cases.items():
            with self.subTest(name):
                self.write(name, content)
                result = self.run_texts("extract")
                self.assertEqual(result.returncode, 1)
                self.assertIn(message, result.stderr)
                self.assertFalse((self.root / "po/nl.po").exists())
                (self.root / name).unlink()


if __name__ == "__main__":
    unittest.main()
