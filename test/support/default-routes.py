"""Says whether there is a default route by IPv6, now and each time that changes, COUNT times."""
import socket
import subprocess
import sys

RTMGRP_IPV6_ROUTE = 0x400


def is_there():
    shown = subprocess.run(["ip", "-6", "route", "show", "default"], capture_output=True, check=True)
    return b"default" in shown.stdout


# Before the first look, so that nothing happens unseen in between.
changes = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
changes.bind((0, RTMGRP_IPV6_ROUTE))
said = None
left = int(sys.argv[1])
while left > 0:
    now = is_there()
    if now != said:
        print("online" if now else "offline", flush=True)
        said = now
        left -= 1
    else:
        changes.recv(1 << 16)
