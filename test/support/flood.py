"""A namespace that takes all it can, until its input ends. flood.py HOST PORT WHAT: `flows` begins
connections and keeps them, `datagrams` sends to one port after the other, `streams` sends as much as it
can on four connections. Prints a line when it has begun.
"""
import select
import socket
import sys
import threading

host, port, what = sys.argv[1], int(sys.argv[2]), sys.argv[3]


def flows():
    kept = []
    while True:
        s = socket.socket()
        s.setblocking(False)
        try:
            s.connect_ex((host, port))
            kept.append(s)
        except OSError:
            s.close()
        if len(kept) > 800:
            for old in kept[:400]:
                old.close()
            del kept[:400]
        yield


def datagrams():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    data = bytes(1400)
    while True:
        for to in range(1, 65_536):
            try:
                s.sendto(data, (host, to))
            except OSError:
                pass
            yield


def streams():
    connections = [socket.create_connection((host, port)) for _ in range(4)]
    data = bytes(1 << 20)
    for s in connections:
        s.setblocking(False)
    while True:
        readable, writable, _ = select.select(connections, connections, [])
        for s in readable:
            s.recv(1 << 20)
        for s in writable:
            try:
                s.send(data)
            except BlockingIOError:
                pass
        yield


over = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True).start()
work = {"flows": flows, "datagrams": datagrams, "streams": streams}[what]()
for _ in range(3):
    next(work)
print("flooding", flush=True)
while not over.is_set():
    for _ in range(64):
        next(work)
