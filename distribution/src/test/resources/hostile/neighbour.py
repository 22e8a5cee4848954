"""A hostile process beside an agent, which becomes another user by itself: python3 neighbour.py UID SECONDS PORT FOLDER DATA PLUGINS REPORT

FOLDER is its own: it holds logs/ (below http.log-roots), where it swaps folders, links and FIFOs. DATA is the agent's data
folder, PLUGINS its checkouts. What it got that it should not have is a line in REPORT each; it ends with 0 whatever it got.
"""
import ctypes
import encodings.idna  # needed later, when the other user may not be able to read it
import fcntl
import json
import os
import signal
import socket
import sys
import threading
import time
import urllib.parse
import zlib

UID, SECONDS, PORT, FOLDER, DATA, PLUGINS, REPORT = sys.argv[1:8]
os.setgroups([])
os.setgid(int(UID))
os.setuid(int(UID))
PORT = int(PORT)
END = time.monotonic() + float(SECONDS)
SECRET = "canary-secret"
LOGS = os.path.join(FOLDER, "logs")
libc = ctypes.CDLL(None, use_errno=True)
AT_FDCWD, EXCHANGE = -100, 2
said = set()
counts = {}
guard = threading.Lock()


def say(what):
    with guard:
        if what not in said:
            said.add(what)
            with open(REPORT, "a") as report:
                report.write(what + "\n")


def count(what):
    with guard:
        counts[what] = counts.get(what, 0) + 1


def exchange(one, other):
    if libc.renameat2(AT_FDCWD, one.encode(), AT_FDCWD, other.encode(), EXCHANGE) != 0:
        raise OSError(ctypes.get_errno(), "renameat2")
    count("swaps")


def call(path, body=None, headers="", timeout=20):
    with socket.create_connection(("127.0.0.1", PORT), timeout) as server:
        head = "%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s" % ("GET" if body is None else "POST", path, headers)
        if body is not None:
            head += "Content-Length: %d\r\n" % len(body)
        server.sendall((head + "\r\n").encode() + (body or b""))
        answer = b""
        while True:
            piece = server.recv(65536)
            if not piece:
                return answer
            answer += piece


def swap_log_folders():
    """logs/app and logs/app.link change places: the one holds a log, the other leads to root's secrets."""
    exchange(os.path.join(LOGS, "app"), os.path.join(LOGS, "app.link"))


def swap_log_files():
    exchange(os.path.join(LOGS, "file.log"), os.path.join(LOGS, "file.fifo"))
    exchange(os.path.join(LOGS, "other.log"), os.path.join(LOGS, "other.link"))


def read_logs():
    for name in ("app/secret", "other.log", "other.link", "app.link/secret", "file.log", "file.fifo"):
        path = urllib.parse.quote(os.path.join(LOGS, name))
        if SECRET.encode() in call("/log/offset?fpath=%s&offset=0&num=100" % path):
            say("read by /log/offset: " + name)
        count("log reads")


def lock_everything():
    for folder in (DATA, os.path.join(DATA, "spool"), os.path.join(DATA, "spool", "queue"), PLUGINS):
        for name in ("agent.lock", "lock", ".agent.lock", "agent.pid"):
            path = os.path.join(folder, name)
            try:
                file = open(path, "rb")
            except OSError:
                continue
            say("opened " + path)
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
                fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
                say("locked " + path)
            except OSError:
                pass
    count("locks tried")
    time.sleep(0.05)


def read_everything():
    for top in (DATA, PLUGINS):
        for folder, _, files in os.walk(top):
            for name in files:
                path = os.path.join(folder, name)
                try:
                    with open(path, "rb") as file:
                        file.read(1)
                except OSError:
                    continue
                say("read " + path)
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/environ" % pid, "rb") as file:
                text = file.read()
        except OSError:
            continue
        if b"PLUGIN_RUN=" in text:
            say("read the environment of a run")
    count("looks")
    time.sleep(0.2)


def kill_runs():
    me = os.getuid()
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.stat("/proc/" + pid).st_uid == me:
                continue
            os.kill(int(pid), signal.SIGTERM)
            say("killed %s" % pid)
        except OSError:
            pass
    count("kills tried")
    time.sleep(0.2)


def swap_for_deletion():
    """A folder at the top of a mount that the FS probe may use."""
    for top in ("/", "/dev/shm"):
        try:
            os.makedirs(os.path.join(top, ".loda-fs-detect", "x"), exist_ok=True)
        except OSError:
            pass
    time.sleep(1)


def flood_posts():
    body = json.dumps([{"name": "flood", "value": i} for i in range(2000)]).encode()
    call("/post?ns=flood.loda", body)
    count("posts")
    time.sleep(0.02)


def bomb():
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    packed = packer.compress(b" " * (64 << 20)) + packer.flush()
    call("/post?ns=flood.loda", packed, "Content-Encoding: gzip\r\n")
    count("bombs")


def bad_requests():
    for head in (
        "POST /post?ns=flood.loda HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n[]\r\n0\r\n\r\n",
        "POST /post?ns=flood.loda HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n2\r\n[]\r\n0\r\n\r\n",
        "POST /post?ns=flood.loda HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999\r\n\r\n",
    ):
        with socket.create_connection(("127.0.0.1", PORT), 20) as server:
            server.sendall(head.encode())
            server.settimeout(5)
            try:
                status = server.recv(4096).split(b" ", 2)[1:2]
                if status == [b"200"]:
                    say("200 for " + head.replace("\r\n", " "))
            except OSError:
                pass
    count("bad requests")
    time.sleep(0.1)


def many_fields():
    line = "wide " + ",".join("f%d=1" % i for i in range(30000))
    call("/write?db=flood.loda", line.encode())
    count("wide lines")
    time.sleep(0.2)


def slow_bodies():
    held = []
    for _ in range(24):
        server = socket.create_connection(("127.0.0.1", PORT), 20)
        server.sendall(b"POST /post?ns=flood.loda HTTP/1.1\r\nHost: x\r\nContent-Length: 8000000\r\n\r\n[" + b" " * 100000)
        held.append(server)
    stop = min(END, time.monotonic() + 5)
    while time.monotonic() < stop:
        time.sleep(0.1)
    for server in held:
        server.close()
    count("rounds of slow bodies")


def idle():
    held = []
    try:
        for _ in range(800):
            held.append(socket.create_connection(("127.0.0.1", PORT), 5))
    except OSError:
        pass
    stop = min(END, time.monotonic() + 3)
    while time.monotonic() < stop:
        time.sleep(0.1)
    for server in held:
        server.close()
    count("rounds of idle connections")


def run_by_hand():
    """All that run on demand and take long: eight at once."""
    call("/plugins/run?ns=test.loda&repo=path:%s/hangs&timeout=300" % os.path.dirname(FOLDER), timeout=5)
    count("runs by hand")


def forever(attack):
    while time.monotonic() < END:
        try:
            attack()
        except (OSError, IndexError):
            time.sleep(0.01)


attacks = [swap_log_folders, swap_log_files, read_logs, read_logs, lock_everything, read_everything, kill_runs, swap_for_deletion,
           flood_posts, bomb, bad_requests, many_fields, slow_bodies, idle] + [run_by_hand] * 8
threads = [threading.Thread(target=forever, args=(attack,), daemon=True) for attack in attacks]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join(max(0.0, END + 25 - time.monotonic()))
print(json.dumps(counts))
