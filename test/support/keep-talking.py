"""HOST PORT FILE: sends and receives much through an echo server, again and again, until FILE is there;
what comes back must be what was sent. Prints a line after the first round, then how many there were.
"""
import hashlib
import os
import socket
import sys
import threading

BYTES = 8 << 20

host, port, stop = sys.argv[1:]
data = hashlib.shake_128(b"seed").digest(BYTES)


def round_trip():
    with socket.create_connection((host, int(port))) as s:

        def send():
            s.sendall(data)
            s.shutdown(socket.SHUT_WR)

        sender = threading.Thread(target=send)
        sender.start()
        got = b"".join(iter(lambda: s.recv(1 << 16), b""))
        sender.join()
    if got != data:
        sys.exit(f"{len(got)} bytes came back, and not those that were sent")


rounds = 0
while not os.path.exists(stop) or rounds == 0:
    round_trip()
    rounds += 1
    if rounds == 1:
        print("talking", flush=True)
print("whole", flush=True)
