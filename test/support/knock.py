"""A client inside a namespace: what it gets to see, in one line.

knock.py tcp|udp HOST PORT [TEXT]: connects, sends the text, ends its stream, reads to the end.
Prints what was read, or the name of the error; "silent" when nothing came in a second.
"""
import errno
import socket
import sys

protocol, host, port = sys.argv[1:4]
text = sys.argv[4].encode() if len(sys.argv) > 4 else b"knock"
family = socket.AF_INET6 if ":" in host else socket.AF_INET
kind = socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM
client = socket.socket(family, kind)
client.settimeout(1)
try:
    client.connect((host, int(port)))
    client.settimeout(20)
    client.sendall(text)
    if protocol == "tcp":
        client.shutdown(socket.SHUT_WR)
        data = b"".join(iter(lambda: client.recv(65536), b""))
    else:
        client.settimeout(1)
        data = client.recv(65536)
    print(data.decode())
except TimeoutError:
    print("silent")
except OSError as error:
    print(errno.errorcode[error.errno])
