#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 WESH contributors
# SPDX-License-Identifier: EUPL-1.2
import glob
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parent.parent
SQLGEN = ROOT / "tools" / "sqlgen"

SCHEMA = """\
-- A comment with a semicolon; and CREATE TABLE nonsense (
CREATE TABLE thing (
  id ID NOT NULL PRIMARY KEY, -- INT in a comment
  owner ID,
  name TEXT NOT NULL DEFAULT 'INT, BOOL and; TEXT',
  photo BYTES,
  count INT,
  is_open BOOL NOT NULL,
  cents INT NOT NULL CHECK (cents > 0),
  made_at INSTANT
);
CREATE TABLE pair (
  a ID NOT NULL,
  b INT NOT NULL,
  PRIMARY KEY (a, b),
  FOREIGN KEY (a) REFERENCES thing (id)
);
CREATE TABLE counted (number INT NOT NULL PRIMARY KEY, name TEXT NOT NULL);
CREATE INDEX pair_by_b ON pair (b, a);
ALTER TABLE counted ADD COLUMN made_at INSTANT;
UPDATE counted SET number = CAST('1' AS INT);
"""

STATEMENTS = """\
-- What is written here is free.

-- thing_get one lock
--   in id:task_id
--   out id:task_id owner:person_id? name:text photo:bytes? count:int? is_open:bool cents:coins made_at:instant?
SELECT id, owner, name, photo, count, is_open, cents, made_at FROM thing WHERE id = :id;

-- thing_find maybe   in name:text   out like thing_get
SELECT id, owner, name, photo, count, is_open, cents, made_at FROM thing WHERE name = :name;

-- thing_list many 20
--   in least:coins
--   out like thing_get
SELECT id, owner, name, photo, count, is_open, cents, made_at FROM thing WHERE cents >= :least ORDER BY id;

-- thing_names each
--   out name:text photo:bytes?
SELECT name, photo FROM thing ORDER BY id;

-- thing_add run
--   in id:task_id owner:person_id? name:text photo:bytes? count:int?
--      is_open:bool cents:coins made_at:instant?
INSERT INTO thing (id, owner, name, photo, count, is_open, cents, made_at)
VALUES (:id, :owner, :name, :photo, :count, :is_open, :cents, :made_at);

-- thing_rename count
--   in before:text after:text
UPDATE thing SET name = :after -- not :this
WHERE name = :before AND name <> ':before' AND name <> 'it''s :after;';

-- thing_cast one
--   in n:int
--   out n:int
SELECT :n + :n;
-- pg:
SELECT :n::bigint + :n;
"""

PROGRAM = r"""
#include "db/db.h"
#include "gen/thing_sql.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#define NEED(x) do { if (!(x)) { fprintf(stderr, "%d: %s\n", __LINE__, #x); exit(1); } } while (0)

static struct task_id id_of(unsigned n) { return (struct task_id){ ((uint128)1 << 100) + n }; }

static err fill(struct tx *tx, void *work)
{
    (void)work;
    NEED(sql_thing_add(tx, &(struct thing_add_in){ .id = id_of(0), .count = INT_NONE, .name = TEXT("bare"),
        .cents = { 1 } }) == OK);
    for (unsigned i = 1; i < 20; i++)
        NEED(sql_thing_add(tx, &(struct thing_add_in){ .id = id_of(i), .owner = { i }, .name = TEXT("full"),
            .photo = { "\0\1\2", 3 }, .count = -5, .is_open = true, .cents = { 100 + i },
            .made_at = { 77 } }) == OK);
    int64_t changed = -1;
    NEED(sql_thing_rename(tx, TEXT("bare"), TEXT("plain"), &changed) == OK && changed == 1);
    NEED(sql_thing_rename(tx, TEXT("bare"), TEXT("plain"), &changed) == OK && changed == 0);
    return OK;
}

struct seen { int rows; int stop_at; };
static err on_row(void *self, const struct thing_names *row)
{
    struct seen *seen = self;
    NEED(text_is(row->name, seen->rows == 0 ? "plain" : "full"));
    NEED(row->photo.len == (seen->rows == 0 ? 0 : 3));
    seen->rows++;
    return seen->rows == seen->stop_at ? ERR_CONFLICT : OK;
}

static err look(struct tx *tx, void *work)
{
    (void)work;
    struct thing_get t;
    bool found = true;
    NEED(sql_thing_get(tx, id_of(0), &t) == OK);
    NEED(t.id.v == id_of(0).v && t.owner.v == 0 && t.photo.at == NULL && t.count == INT_NONE);
    NEED(!t.is_open && t.cents.cents == 1 && t.made_at.us == 0 && text_is(t.name, "plain"));
    NEED(sql_thing_get(tx, id_of(7), &t) == OK);
    NEED(t.owner.v == 7 && t.count == -5 && t.is_open && t.cents.cents == 107 && t.made_at.us == 77);
    NEED(t.photo.len == 3 && memcmp(t.photo.at, "\0\1\2", 3) == 0);
    NEED(sql_thing_get(tx, id_of(99), &t) == ERR_NOT_FOUND);
    NEED(t.owner.v == 7); /* written only on success */
    NEED(sql_thing_find(tx, TEXT("plain"), &t, &found) == OK && found && t.id.v == id_of(0).v);
    NEED(sql_thing_find(tx, TEXT("no such"), &t, &found) == OK && !found);
    NEED(sql_thing_find(tx, TEXT("full"), &t, &found) == ERR_INTERNAL); /* many are not one */

    struct thing_list_rows rows;
    NEED(sql_thing_list(tx, (struct coins){ 0 }, &rows) == OK && rows.count == 20);
    NEED(rows.at[0].cents.cents == 1 && rows.at[19].cents.cents == 119);
    NEED(text_is(rows.at[19].name, "full"));
    NEED(sql_thing_list(tx, (struct coins){ 1000 }, &rows) == OK && rows.count == 0);

    struct seen all = { 0, 0 }, some = { 0, 3 };
    NEED(sql_thing_names(tx, on_row, &all) == OK && all.rows == 20);
    NEED(sql_thing_names(tx, on_row, &some) == ERR_CONFLICT && some.rows == 3);

    struct thing_cast sum;
    NEED(sql_thing_cast(tx, 21, &sum) == OK && sum.n == 42);
    return OK;
}

static err one_more(struct tx *tx, void *work)
{
    (void)work;
    NEED(sql_thing_add(tx, &(struct thing_add_in){ .id = id_of(20), .name = TEXT("full"), .cents = { 5 } })
         == OK);
    struct thing_list_rows rows;
    NEED(sql_thing_list(tx, (struct coins){ 0 }, &rows) == ERR_TOO_LARGE);
    return ERR_CONFLICT;
}

static err twice(struct tx *tx, void *work)
{
    (void)work;
    return sql_thing_add(tx, &(struct thing_add_in){ .id = id_of(1), .name = TEXT("full"), .cents = { 5 } });
}

static err wrong_length(struct tx *tx, void *work)
{
    struct thing_get t;
    (void)work;
    err e = sql_thing_get(tx, id_of(1), &t);
    return e == OK ? OK : ERR_NOT_FOUND;
}

int main(int count, char **words)
{
    struct db *db = NULL;
    const char *detail = NULL;
    NEED(count == 2);
    if (db_open(&(struct db_options){ .folder = words[1], .create = true }, &db, &detail) != OK) {
        fprintf(stderr, "%s\n", detail);
        return 1;
    }
    struct arena *a = arena_new(1 << 20);
    NEED(db_apply(db, a, fill, NULL) == OK);
    NEED(db_read(db, a, look, NULL) == OK);
    NEED(db_apply(db, a, one_more, NULL) == ERR_CONFLICT);
    NEED(db_apply(db, a, twice, NULL) == ERR_DATABASE);
    NEED(db_read(db, a, look, NULL) == OK);
    db_close(db);
    char command[512];
    snprintf(command, sizeof(command), "python3 -c \"import sqlite3,sys; d=sqlite3.connect(sys.argv[1]);"
             "d.execute('UPDATE thing SET owner = x\\\'01\\\''); d.commit()\" %s/wesh.sqlite", words[1]);
    NEED(system(command) == 0);
    NEED(db_open(&(struct db_options){ .folder = words[1] }, &db, &detail) == OK);
    NEED(db_read(db, a, wrong_length, NULL) == ERR_DATABASE);
    db_close(db);
    arena_free(a);
    return 0;
}
"""

# statements, what must be said (line first)
BAD_STATEMENTS = [
    ("SELECT 1;", ":1: no header line"),
    ("-- a one\n--   out x:int\nSELECT 1", ":3: this statement has no semicolon"),
    ("-- a oen\n--   out x:int\nSELECT 1;", ":1: not a header line: .* not 'oen'"),
    ("-- a one\n--   out x:number\nSELECT 1;", ":2: a: 'number' is not a type"),
    ("-- a one\n--   in t:nothing_id\n--   out x:int\nSELECT :t;", ":2: a: 'nothing_id' is not a type"),
    ("-- a one\n--   out x:bool?\nSELECT 1;", ":2: a: bool has no value for NULL"),
    ("-- a one\n--   out x:coins?\nSELECT 1;", ":2: a: coins has no value for NULL"),
    ("-- a one\n--   out x\nSELECT 1;", ":2: a: 'x' is not NAME:TYPE"),
    ("-- a one\n--   in p:int q:int\n--   out x:int\nSELECT :q;", ":2: a: parameter p is not used"),
    ("-- a one\n--   out x:int\nSELECT\n :p;", ":4: a: :p is not among the parameters"),
    ("-- a one\n--   out x:int\nSELECT ?1;", ":3: a: parameters are written :name"),
    ("-- a one\n--   out x:int\nSELECT $1;", ":3: a: parameters are written :name"),
    ("-- a one\n--   in p:int p:int\n--   out x:int\nSELECT :p;", ":2: a: p stands here twice"),
    ("-- a one\n--   in int:int\n--   out x:int\nSELECT :int;", ":2: a: 'int' can't be a name"),
    ("-- a one\n--   in tx:int\n--   out x:int\nSELECT :tx;", ":2: a: 'tx' can't be a name"),
    ("-- a one\nSELECT 1;", ":1: a: 'one' needs out"),
    ("-- a run\n--   out x:int\nDELETE FROM pair;", ":1: a: 'run' gives no rows"),
    ("-- a run lock\nDELETE FROM pair;", ":1: a: only rows that are read can be locked"),
    ("-- a one lock\n--   out x:int\nSELECT count(*) FROM pair;", ":3: a: rows with count can't be locked"),
    ("-- a one lock\n--   out x:int\nSELECT DISTINCT b FROM pair;", ":3: a: rows with DISTINCT can't be"),
    ("-- a one lock\n--   out x:int\nSELECT 1;", ":3: a: there is no table to lock"),
    ("-- a many\n--   out x:int\nSELECT 1;", ":1: a: 'many' needs the most rows"),
    ("-- a one 5\n--   out x:int\nSELECT 1;", ":1: a: 'one' takes no number"),
    ("-- a one\n--   out like b\nSELECT 1;", ":1: a: out like b: no statement"),
    ("-- a one\n--   out x:int\n\n-- b run\nDELETE FROM pair;", ":1: a has no SQL after it"),
    ("-- a one\n--   out x:int\n", ":1: a has no SQL after it"),
    ("-- a run\nDELETE FROM pair; DELETE FROM thing;", ":2: one statement here"),
    ("-- a run\nDELETE FROM pair;\n\n-- a run\nDELETE FROM thing;", ":4: a is already at .*:1"),
    ("-- pg:\nDELETE FROM pair;", ":1: '-- pg:' follows a statement"),
    ("-- a one\n--   out x:int\nSELECT missing FROM thing;", ":3: a: no such column: missing"),
    ("-- a one\n--   out x:int\nSELECT a, b FROM pair;", ":3: a: the SELECT gives 2 columns, out names 1"),
    ("-- a one\n--   out x:int\nDELETE FROM pair;", ":3: a: 'one' is for a SELECT"),
    ("-- a run\nDELETE FROM 'it''s;\n';", ":2: a: .*error|:2: a: no such table"),
]

BAD_SCHEMAS = [
    ("CREATE TABLE t (a INTEGER);", ":1: column a: 'INTEGER' is not a type"),
    ("CREATE TABLE t (\n  a INT,\n  b\n);", ":3: column b: 'nothing' is not a type"),
    ("CREATE TABLE t (a INT,);", ":1: an empty column definition"),
    ("CREATE TABLE t (a INT)", ":1: this statement has no semicolon"),
    ("CREATE TABLE t (a INT);\nALTER TABLE t ADD COLUMN b VARCHAR;", ":2: column b: 'VARCHAR' is not"),
    ("CREATE TABLE t (a INT);\n\nCREATE INDEX i ON t (b);", ":3: .*no .*column"),
    ("CREATE TABLE t (a INT);", ":1: table t has no primary key"),
    ("CREATE TABLE t (a INT NOT NULL PRIMARY KEY REFERENCES u (a));\n"
     "CREATE TABLE u (a INT NOT NULL PRIMARY KEY REFERENCES t (a));", ":1: no order to import .*: t, u"),
    ("CREATE TABLE t ( -- shard: a; stays behind\n  a INT NOT NULL PRIMARY KEY);\n"
     "CREATE TABLE u (a INT NOT NULL PRIMARY KEY REFERENCES t (a));",
     ":1: table u refers to t, which stays behind"),
]


class SqlgenTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="wesh-sqlgen-test-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def run_it(self, *words):
        return subprocess.run([sys.executable, SQLGEN, *map(str, words)], capture_output=True, text=True,
                              check=False)

    def generate(self, statements, schema=SCHEMA):
        return self.run_it("--schema", self.write("0001_first.sql", schema), "--statements",
                           self.write("thing.sql", statements), "--out", self.folder / "gen")

    def made(self, name):
        text = (self.folder / "gen" / name).read_text(encoding="utf-8")
        return re.sub(r'"\s*\n\s*"', "", text)

    def test_bad_statements(self):
        for text, expected in BAD_STATEMENTS:
            with self.subTest(text):
                result = self.generate(text)
                self.assertEqual(result.returncode, 1)
                self.assertRegex(result.stderr, re.escape("thing.sql") + f"(?:{expected})")
                self.assertNotIn("Traceback", result.stderr)
                self.assertFalse((self.folder / "gen").exists())

    def test_bad_schemas(self):
        for text, expected in BAD_SCHEMAS:
            with self.subTest(text):
                result = self.generate("", text)
                self.assertEqual(result.returncode, 1)
                self.assertRegex(result.stderr, re.escape("0001_first.sql") + expected)
                self.assertNotIn("Traceback", result.stderr)

    def test_faults_are_told_together(self):
        result = self.generate("SELECT 1;\n\nSELECT 2;", "CREATE TABLE t (a INTEGER);")
        self.assertEqual(len(result.stderr.strip().split("\n")), 3)

    def test_migrations_in_order(self):
        for names, good in ((["0001_a", "0002_b"], True), (["0002_b", "0001_a"], True), (["0002_b"], False),
                            (["0001_a", "0003_c"], False), (["0001_a", "0001_b"], False),
                            (["first"], False)):
            with self.subTest(names):
                paths = [self.write(f"{n}.sql", f"CREATE TABLE t_{n} (a INT NOT NULL PRIMARY KEY);")
                         for n in names]
                result = self.run_it("--schema", *paths, "--out", self.folder / "gen")
                self.assertEqual(result.returncode, 0 if good else 1, result.stderr)

    def test_schema_of_both_engines(self):
        self.assertEqual(self.generate("").returncode, 0)
        text = self.made("sql_all.c").replace("\\n", "\n").replace('\\"', '"')
        sqlite, postgresql = text.split("CREATE TABLE thing (")[1:]
        self.assertIn("id BLOB NOT NULL PRIMARY KEY, owner BLOB, name TEXT NOT NULL DEFAULT "
                      "'INT, BOOL and; TEXT', photo BLOB, count INTEGER, is_open INTEGER NOT NULL, "
                      "cents INTEGER NOT NULL CHECK (cents > 0), made_at INTEGER ) STRICT, WITHOUT ROWID;",
                      sqlite)
        self.assertIn("PRIMARY KEY (a, b), FOREIGN KEY (a) REFERENCES thing (id) ) STRICT, WITHOUT ROWID;",
                      sqlite)
        self.assertIn("number INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL) STRICT;", sqlite)
        self.assertIn("ADD COLUMN made_at INTEGER;", sqlite)
        self.assertIn("CAST('1' AS INT);", sqlite)
        self.assertIn("id uuid NOT NULL PRIMARY KEY, owner uuid, name text COLLATE \"C\" NOT NULL DEFAULT "
                      "'INT, BOOL and; TEXT', photo bytea, count bigint, is_open boolean NOT NULL, "
                      "cents bigint NOT NULL CHECK (cents > 0), made_at bigint );", postgresql)
        self.assertNotIn("STRICT", postgresql)
        self.assertNotIn("comment", text)

    def test_statements_of_both_engines(self):
        self.assertEqual(self.generate(STATEMENTS).returncode, 0)
        text = self.made("sql_all.c")
        self.assertIn("FROM thing WHERE id = ?1\"", text)
        self.assertIn("\" FOR UPDATE OF thing\", \"u\"", text)
        self.assertIn("SET name = ?2 WHERE name = ?1 AND name <> ':before' AND name <> 'it''s :after;'\"",
                      text)
        self.assertIn("SET name = $2 WHERE name = $1 AND", text)
        self.assertIn('"SELECT ?1 + ?1"', text)
        self.assertIn('"SELECT $1::bigint + $1"', text)
        self.assertIn("SQL_THING_GET,\n    SQL_THING_FIND,\n", self.made("sql_all.h"))

    def test_tables(self):
        """In an order that can be imported, as all migrations leave them, the key first."""
        schema = """\
CREATE TABLE child (
  note TEXT,
  parent ID NOT NULL REFERENCES parent (id),
  child_of INT REFERENCES child (at),
  at INT NOT NULL,
  PRIMARY KEY (parent, at)
);
CREATE TABLE gone (id ID NOT NULL PRIMARY KEY);
CREATE TABLE secret ( -- shard: id; stays behind
  id ID NOT NULL PRIMARY KEY REFERENCES parent (id)
);
CREATE TABLE parent (name TEXT NOT NULL DEFAULT '', id ID NOT NULL PRIMARY KEY, is_open BOOL NOT NULL);
DROP TABLE gone;
ALTER TABLE parent ADD COLUMN made_at INSTANT;
ALTER TABLE parent ADD COLUMN photo BYTES NOT NULL DEFAULT '';
CREATE TABLE parent_new (id ID NOT NULL PRIMARY KEY, title TEXT);
ALTER TABLE parent_new RENAME TO last;
ALTER TABLE last RENAME COLUMN title TO name;
"""
        self.assertEqual(self.generate("", schema).returncode, 0)
        text = self.made("sql_all.c")
        self.assertRegex(text, r"(?s)db_tables\[\] = \{\s*\{ \"parent\", parent_columns, 5, 1,\s*"
                         r"SQL_TABLE_PARENT_READ, 1000, SQL_TABLE_PARENT_INSERT, false \},\s*"
                         r"\{ \"child\", child_columns, 4, 2,.*\{ \"secret\", secret_columns, 1, 1,[^}]*true \},"
                         r".*\{ \"last\", last_columns, 2, 1,.*db_table_count = 4;")
        self.assertRegex(text, r"(?s)parent_columns\[\] = \{\s*\{ \"id\", DB_ID, false \},\s*"
                         r"\{ \"name\", DB_TEXT, false \},\s*\{ \"is_open\", DB_BOOL, false \},\s*"
                         r"\{ \"made_at\", DB_INSTANT, true \},\s*\{ \"photo\", DB_BYTES, false \},\s*\};")
        self.assertRegex(text, r"(?s)child_columns\[\] = \{\s*\{ \"parent\", DB_ID, false \},\s*"
                         r"\{ \"at\", DB_INT, false \},\s*\{ \"note\", DB_TEXT, true \},")
        self.assertIn("last_columns", text)
        self.assertIn('"name", DB_TEXT, true', text)
        for sign in "?$":
            self.assertIn(f"SELECT parent, at, note, child_of FROM child WHERE (parent, at) >= ({sign}1, "
                          f"{sign}2) ORDER BY parent, at LIMIT 1000", text)
            self.assertIn(f"SELECT id, name FROM last WHERE id >= {sign}1 ORDER BY id LIMIT 1000", text)
            self.assertIn(f"INSERT INTO child (parent, at, note, child_of) VALUES ({sign}1, {sign}2, "
                          f"{sign}3, {sign}4)", text)
        self.assertIn("    SQL_TABLE_PARENT_READ,\n    SQL_TABLE_PARENT_INSERT,\n", self.made("sql_all.h"))

    def test_tables_name_is_taken(self):
        result = self.generate("-- table_pair_read run\nDELETE FROM pair;")
        self.assertEqual(result.returncode, 1)
        self.assertIn("table_pair_read is already at", result.stderr)

    def test_the_first_table_is_locked(self):
        for sql, locked in (("SELECT b FROM pair", "pair"), ("SELECT p.b FROM pair AS p WHERE p.b = 1", "p"),
                            ("SELECT p.b FROM pair p JOIN thing t ON t.id = p.a", "p"),
                            ("SELECT pair.b FROM pair JOIN thing t ON t.id = pair.a", "pair"),
                            ("SELECT (SELECT count(*) FROM thing) FROM pair p ORDER BY p.b LIMIT 1", "p")):
            with self.subTest(sql):
                result = self.generate(f"-- a many 9 lock\n--   out x:int\n{sql};\n")
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertIn(f'" FOR UPDATE OF {locked}", ""', self.made("sql_all.c"))

    def test_outputs_are_listed(self):
        result = self.run_it("--list-outputs", "--schema", "a/0001_x.sql", "--statements", "b/y.sql", "a/z.sql")
        self.assertEqual(result.stdout.split(), ["z_sql.h", "z_sql.c", "y_sql.h", "y_sql.c", "sql_all.h",
                                                 "sql_all.c"])
        self.assertEqual(self.generate(STATEMENTS).returncode, 0)
        listed = self.run_it("--list-outputs", "--statements", "thing.sql").stdout.split()
        self.assertEqual(sorted(os.listdir(self.folder / "gen")), sorted(listed))

    def test_unchanged_files_are_left_alone(self):
        self.assertEqual(self.generate(STATEMENTS).returncode, 0)
        for path in (self.folder / "gen").iterdir():
            os.utime(path, (1, 1))
        self.assertEqual(self.generate(STATEMENTS.replace("SELECT :n + :n", "SELECT :n * 2")).returncode, 0)
        changed = [p.name for p in (self.folder / "gen").iterdir() if p.stat().st_mtime != 1]
        self.assertEqual(changed, ["sql_all.c"])

    def test_same_stem_twice(self):
        (self.folder / "other").mkdir()
        text = "-- {} run\nDELETE FROM pair;\n"
        result = self.run_it("--schema", self.write("0001_first.sql", SCHEMA), "--statements",
                             self.write("thing.sql", text.format("a")),
                             self.write("other/thing.sql", text.format("b")), "--out", self.folder / "gen")
        self.assertRegex(result.stderr, r"thing.sql:1: .*/thing.sql has the same name")

    def test_functions_work(self):
        """Compiles what is made with the store, and runs every kind of statement."""
        self.assertEqual(self.generate(STATEMENTS).returncode, 0)
        gen = self.folder / "gen"
        (gen / "err_all.def").write_text("".join(
            pathlib.Path(p).read_text(encoding="utf-8")
            for p in sorted(glob.glob(str(ROOT / "src" / "**" / "*_err.def"), recursive=True))),
            encoding="utf-8")
        sources = [p for part in ("base", "db")
                   for p in glob.glob(str(ROOT / "src" / part / "**" / "*.c"), recursive=True)
                   if not p.endswith("_test.c")]
        libpq = subprocess.check_output(["pkg-config", "--cflags", "--libs", "libpq"], text=True).split()
        program = self.folder / "program"
        subprocess.run([os.environ.get("CC", "cc"), "-std=c17", "-D_GNU_SOURCE", "-g", "-O1",
                        "-fsanitize=address,undefined", "-Wall", "-Wextra", "-Wpedantic", "-Wshadow",
                        "-Wconversion", "-Werror", f"-I{ROOT / 'src'}", f"-I{self.folder}",
                        "-o", program, self.write("main.c", PROGRAM), gen / "thing_sql.c",
                        gen / "sql_all.c", *sources, *libpq, "-lsqlite3",
                        "-lpthread", "-lm"], check=True)
        result = subprocess.run([program, self.folder / "data"], capture_output=True, text=True, check=False)
        self.assertEqual((result.returncode, result.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main()
