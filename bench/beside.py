# SPDX-FileCopyrightText: 2026 WESH contributors
# SPDX-License-Identifier: EUPL-1.2
"""What WESH is measured beside: PostgreSQL and nginx, started in the folder of the run."""

import gzip
import os
import pwd
import re
import socket
import subprocess
import time

PG_BIN = "/usr/lib/postgresql/15/bin"
PG_SETTINGS = """
listen_addresses = ''
unix_socket_directories = '{folder}'
max_connections = 64
shared_buffers = 1GB
max_wal_size = 8GB
checkpoint_timeout = 30min
fsync = on
synchronous_commit = on
logging_collector = off
"""
SCRIPT = """\\set payer random(1, {wallets})
\\set shop random(1, {shops})
\\set cents random(10, 99)
SELECT pay(:payer, :shop, :cents, {with_taking});
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def processor_seconds(pid, of_children=False):
    """User and system time; of its children: those that have ended."""
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    first = 13 if of_children else 11
    return (int(fields[first]) + int(fields[first + 1])) / os.sysconf("SC_CLK_TCK")


class PostgreSQL:
    """A cluster of its own, reached by a Unix socket in its folder."""

    def __init__(self, place, sources, wallets, shops):
        self.folder = os.path.join(place, "postgresql")
        os.mkdir(self.folder)
        self.as_user = []
        if os.geteuid() == 0:  # it refuses to run as root
            owner = pwd.getpwnam("postgres")
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
            self.as_user = ["runuser", "-u", "postgres", "--"]
        self.data = os.path.join(self.folder, "data")
        self.tool("initdb", "-D", self.data, "-A", "trust", "-U", "bench", "-E", "UTF8",
                  "--locale=C")
        subprocess.run([*self.as_user, "tee", "-a", os.path.join(self.data, "postgresql.conf")],
                       input=PG_SETTINGS.format(folder=self.folder), text=True, check=True,
                       stdout=subprocess.DEVNULL)
        self.tool("pg_ctl", "-D", self.data, "-w", "-l", os.path.join(self.folder, "log"), "start")
        with open(os.path.join(sources, "postgresql.sql"), encoding="utf-8") as file:
            self.sql(file.read())
        self.sql(f"SELECT make({wallets}, {shops})")
        self.wallets = wallets
        for name, paid, with_taking in (("uniform", shops, "false"), ("one", 1, "false"),
                                        ("full", shops, "true")):
            with open(os.path.join(place, name + ".sql"), "w", encoding="utf-8") as file:
                file.write(SCRIPT.format(wallets=wallets, shops=paid, with_taking=with_taking))
        self.place = place
        self.pid = int(open(os.path.join(self.data, "postmaster.pid"), encoding="ascii").readline())

    def tool(self, name, *arguments):
        done = subprocess.run([*self.as_user, os.path.join(PG_BIN, name), *arguments],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False, cwd="/")
        if done.returncode != 0:
            raise RuntimeError(f"{name}: {done.stdout[-2000:]}")
        return done.stdout

    def sql(self, text):
        done = subprocess.run([os.path.join(PG_BIN, "psql"), "-h", self.folder, "-U", "bench",
                               "-d", "postgres", "-qAtX", "-v", "ON_ERROR_STOP=1"], input=text,
                              text=True, check=True, capture_output=True)
        return done.stdout.strip()

    def pgbench(self, how, seconds):
        return subprocess.run(
            [os.path.join(PG_BIN, "pgbench"), "-h", self.folder, "-U", "bench", "-n", "-M",
             "prepared", "-c", "32", "-j", "2", "-T", str(seconds), "-f",
             os.path.join(self.place, how + ".sql"), "postgres"], text=True, check=True,
            capture_output=True).stdout

    def pay(self, how, seconds):
        self.sql("SELECT reset()")
        self.sql("VACUUM ANALYZE")
        self.sql("CHECKPOINT")
        os.sync()
        self.pgbench(how, max(1, seconds // 5))
        before = int(self.sql("SELECT count(*) FROM movement"))
        used = processor_seconds(self.pid, True)
        told = self.pgbench(how, seconds)
        used = processor_seconds(self.pid, True) - used
        done = int(re.search(r"transactions actually processed: (\d+)", told)[1])
        stored, total = self.sql("SELECT (SELECT count(*) FROM movement),"
                                 " (SELECT sum(balance) FROM account)").split("|")
        if int(stored) - before != done or total != "0":
            raise RuntimeError(f"pgbench says {done} payments, {stored} - {before} are stored")
        return {"value": float(re.search(r"tps = ([\d.]+)", told)[1]), "cpuUs": used / done * 1e6}

    def stop(self):
        self.tool("pg_ctl", "-D", self.data, "-w", "-m", "immediate", "stop")


class Nginx:
    """Serves the files put into its folder, as Debian sets it up, with a log line a request."""

    def __init__(self, place):
        self.folder = os.path.join(place, "nginx")
        os.makedirs(os.path.join(self.folder, "root"))
        self.port, self.files = free_port(), 0
        config = os.path.join(self.folder, "nginx.conf")
        user = "user www-data;" if os.geteuid() == 0 else ""
        with open(config, "w", encoding="utf-8") as file:
            file.write(f"""{user}
worker_processes auto;
pid {self.folder}/pid;
daemon off;
error_log {self.folder}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log {self.folder}/access.log;
  sendfile on; tcp_nopush on; gzip_static on;
  keepalive_requests 100000000;
  open_file_cache max=100;
  client_body_temp_path {self.folder}/body; proxy_temp_path {self.folder}/proxy;
  fastcgi_temp_path {self.folder}/fastcgi; uwsgi_temp_path {self.folder}/uwsgi;
  scgi_temp_path {self.folder}/scgi;
  server {{ listen 127.0.0.1:{self.port} backlog=1024; root {self.folder}/root; }}
}}
""")
        self.process = subprocess.Popen(["/usr/sbin/nginx", "-c", config, "-p", self.folder],
                                        stderr=subprocess.DEVNULL)
        for _ in range(100):
            with socket.socket() as s:
                if s.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise RuntimeError("nginx did not start")

    def put(self, body):
        """Gives its path: a new one each time, since nginx keeps the one before open."""
        self.files += 1
        path = os.path.join(self.folder, "root", str(self.files))
        for ending, content in (("", body), (".gz", gzip.compress(body, 9))):
            with open(path + ending, "wb") as file:
                file.write(content)
        return f"/{self.files}"

    def stop(self):
        self.process.terminate()
        self.process.wait()
