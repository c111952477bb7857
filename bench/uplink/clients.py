"""What the uplink's benchmarks run on both sides.

serve [ADDRESS PORT]    prints three ports: echoes each byte, answers one byte and ends, just holds;
                    at ADDRESS, PORT and the two behind it
round-trips HOST PORT SECONDS    one byte to and fro: how often a second, and the median in microseconds
connections HOST PORT SECONDS    connect, a byte to and fro, end: how many a second
hold HOST PORT COUNT             opens COUNT connections, says so, and keeps them while its input lasts
"""
import socket
import sys
import threading
import time


def threaded(work):
    def serve(server):
        while True:
            s, _ = server.accept()
            threading.Thread(target=work, args=[s], daemon=True).start()

    return serve


def echo(s):
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    while data := s.recv(64):
        s.send(data)


def answer_each(server):
    while True:
        s, _ = server.accept()
        s.send(s.recv(1))
        s.close()


def hold_each(server):
    kept = []
    while True:
        kept.append(server.accept()[0])


def serve(address="127.0.0.1", first=0):
    ports = []
    for i, work in enumerate((threaded(echo), answer_each, hold_each)):
        at = (address, int(first) and int(first) + i)
        server = socket.create_server(at, backlog=4096)
        ports.append(server.getsockname()[1])
        threading.Thread(target=work, args=[server], daemon=True).start()
    print(*ports, flush=True)
    threading.Event().wait()


def round_trips(address, seconds):
    with socket.create_connection(address) as s:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        took = []
        start = now = time.perf_counter()
        while now - start < seconds:
            s.send(b"x")
            s.recv(1)
            then, now = now, time.perf_counter()
            took.append(now - then)
        took.sort()
        print(len(took) / (now - start), took[len(took) // 2] * 1e6)


def connections(address, seconds):
    count = 0
    start = now = time.perf_counter()
    while now - start < seconds:
        with socket.create_connection(address) as s:
            s.send(b"x")
            s.recv(1)
            s.recv(1)
        count += 1
        now = time.perf_counter()
    print(count / (now - start))


def hold(address, count):
    kept = [socket.create_connection(address) for _ in range(int(count))]
    print(len(kept), flush=True)
    sys.stdin.read()


def main(what, *args):
    if what == "serve":
        serve(*args)
        return
    host, port, amount = args
    work = {"round-trips": round_trips, "connections": connections, "hold": hold}[what]
    work((host, int(port)), float(amount))


main(*sys.argv[1:])
