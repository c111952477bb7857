"""Serves TCP and UDP: tells whoever asks which address it sees. who-asks.py ADDRESS PORT..."""
import selectors
import socket
import sys

address, *ports = sys.argv[1:]
ready = selectors.DefaultSelector()
for port in ports:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        server = socket.socket(socket.AF_INET, kind)
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind((address, int(port)))
        if kind == socket.SOCK_STREAM:
            server.listen()
        ready.register(server, selectors.EVENT_READ)
print("ready", flush=True)
while True:
    for key, _ in ready.select():
        if key.fileobj.type == socket.SOCK_STREAM:
            client, peer = key.fileobj.accept()
            # To the end of what it says: unread bytes would make the close a reset.
            while client.recv(65536):
                pass
            client.sendall(peer[0].encode())
            client.close()
        else:
            _, peer = key.fileobj.recvfrom(65536)
            key.fileobj.sendto(peer[0].encode(), peer)
