"""Traffic over one connection, and new ones when told: survivor.py HOST PORT.

Prints "flowing" when the first bytes have come back. For each line that it reads it tries new
connections until bytes come back over one, and prints "again".
"""
import socket
import sys
import threading

TRY_SECONDS = 0.25

host, port = sys.argv[1], int(sys.argv[2])


def flow():
    with socket.create_connection((host, port)) as s:
        word = "flowing"
        try:
            while True:
                s.sendall(b"x" * 1000)
                if not s.recv(1 << 16):
                    return
                if word:
                    print(word, flush=True)
                    word = None
        except ConnectionError:
            pass


def answers():
    try:
        with socket.create_connection((host, port), TRY_SECONDS) as s:
            s.sendall(b"hello")
            return s.recv(9) == b"hello"
    except OSError:
        return False


threading.Thread(target=flow, daemon=True).start()
for _ in sys.stdin:
    while not answers():
        pass
    print("again", flush=True)
