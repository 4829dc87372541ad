# SPDX-FileCopyrightText: 2026 WESH contributors
# SPDX-License-Identifier: EUPL-1.2
"""Reads GNU gettext .po files, strictly, for tools/embed and tools/texts."""

import pathlib
import re
from dataclasses import dataclass, field

QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"\s*')
KEYWORD = re.compile(r'(msgid_plural|msgid|msgstr\[\d+\]|msgstr|msgctxt)\s+(.*)')
ESCAPES = {"n": "\n", "t": "\t", '"': '"', "\\": "\\"}
PLURAL_RULE = "nplurals=2; plural=(n != 1);"


class Mistake(Exception):
    """Text for the user: "file:line: what"."""


@dataclass
class Entry:
    key: str = ""
    plural: str | None = None
    texts: list = field(default_factory=list)  # msgstr, or msgstr[0] and msgstr[1]
    comments: list = field(default_factory=list)  # "# …" of translators, as written
    places: list = field(default_factory=list)  # "#: …"
    fuzzy: bool = False
    line: int = 0

    def translated(self):
        return not self.fuzzy and bool(self.texts) and all(self.texts)


def unescape(text, where):
    def one(match):
        if match[1] not in ESCAPES:
            raise Mistake(f"{where}: unknown escape \\{match[1]}")
        return ESCAPES[match[1]]

    return re.sub(r"\\(.)", one, text, flags=re.S)


def quote(text):
    for char, name in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\t", "\\t")):
        text = text.replace(char, name)
    return f'"{text}"'


class Reader:
    def __init__(self, path):
        self.path = path
        self.entries = []
        self.obsolete = []  # their first lines
        self.entry = None
        self.target = None  # the keyword that continued lines belong to

    def mistake(self, number, text):
        raise Mistake(f"{self.path}:{number}: {text}")

    def finish(self, number):
        e = self.entry
        if e is None:
            return
        self.entry = self.target = None
        if e.line == 0:
            return  # comments only
        if not e.texts:
            self.mistake(number, f"no msgstr for {quote(e.key)}")
        if len(e.texts) != (1 if e.plural is None else 2):
            self.mistake(e.line, "a text with a plural has msgstr[0] and msgstr[1], another msgstr")
        self.entries.append(e)

    def comment(self, number, line):
        if self.entry is None or self.entry.texts:
            self.finish(number)
            self.entry = Entry()
        self.target = None
        e = self.entry
        if line.startswith("#~"):
            self.obsolete.append(line)
        elif line.startswith("#:"):
            e.places.append(line[2:].strip())
        elif line.startswith("#,"):
            e.fuzzy |= "fuzzy" in [flag.strip() for flag in line[2:].split(",")]
        elif not line.startswith(("#.", "#|")):
            e.comments.append(line)

    def add(self, number, text):
        match = QUOTED.fullmatch(text)
        if not match:
            self.mistake(number, "a text in double quotes was expected")
        text = unescape(match[1], f"{self.path}:{number}")
        e = self.entry
        if self.target == "msgid":
            e.key += text
        elif self.target == "msgid_plural":
            e.plural += text
        else:
            e.texts[-1] += text

    def keyword(self, number, word, text):
        if word == "msgctxt":
            self.mistake(number, "msgctxt is not used in this project")
        if word == "msgid":
            if self.entry is None or self.entry.line:
                self.finish(number)
                self.entry = Entry()
            self.entry.line = number
        elif self.entry is None or not self.entry.line:
            self.mistake(number, f"{word} before msgid")
        elif word == "msgid_plural":
            if self.entry.plural is not None or self.entry.texts:
                self.mistake(number, "msgid_plural in a wrong place")
            self.entry.plural = ""
        else:
            expected = "msgstr" if self.entry.plural is None else f"msgstr[{len(self.entry.texts)}]"
            if word != expected or (word == "msgstr" and self.entry.texts):
                self.mistake(number, f"{word} where {expected} was expected")
            self.entry.texts.append("")
        self.target = word
        self.add(number, text)

    def read(self):
        try:
            lines = pathlib.Path(self.path).read_bytes().decode().split("\n")
        except UnicodeDecodeError as problem:
            raise Mistake(f"{self.path}:1: not valid UTF-8: {problem}") from None
        for number, line in enumerate(lines, 1):
            line = line.strip()
            match = KEYWORD.fullmatch(line)
            if not line:
                self.finish(number)
            elif line.startswith("#"):
                self.comment(number, line)
            elif match:
                self.keyword(number, match[1], match[2])
            elif line.startswith('"') and self.target:
                self.add(number, line)
            else:
                self.mistake(number, f"not understood: {line[:60]}")
        self.finish(len(lines))
        return self


def read(path):
    """(header or None, entries, obsolete lines). Keys are unique."""
    reader = Reader(str(path)).read()
    seen = {}
    for e in reader.entries:
        if e.key in seen:
            raise Mistake(f"{path}:{e.line}: {quote(e.key)} is already in line {seen[e.key]}")
        seen[e.key] = e.line
    header = None
    if reader.entries and reader.entries[0].key == "":
        header = reader.entries.pop(0)
    if "" in seen and header is None:
        raise Mistake(f"{path}:{seen['']}: the header must come first")
    return header, reader.entries, reader.obsolete


def header_value(header, name):
    for line in header.texts[0].split("\n") if header else ():
        if line.lower().startswith(name.lower() + ":"):
            return line.split(":", 1)[1].strip()
    return None
