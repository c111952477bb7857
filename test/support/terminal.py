"""A terminal with one job in it: what a shell does with ^Z and fg, and what the user types.

terminal.py KEYS COMMAND...: COMMAND says "ready"; then KEYS are typed (z and c for ^Z and ^C).
Prints what appeared on the terminal.
"""
import os
import pty
import signal
import sys


def shell(command):
    """Job control for one job; a stopped one goes on at once, as with fg."""
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    job = os.fork()
    if job == 0:
        os.setpgid(0, 0)
        os.tcsetpgrp(0, os.getpid())
        signal.signal(signal.SIGTTOU, signal.SIG_DFL)
        os.execvp(command[0], command)
    while True:
        _, status = os.waitpid(job, os.WUNTRACED)
        os.tcsetpgrp(0, os.getpid())
        if not os.WIFSTOPPED(status):
            os.write(1, b"STATUS %d\n" % os.waitstatus_to_exitcode(status))
            os._exit(0)
        os.write(1, b"STOPPED\n")
        os.tcsetpgrp(0, job)
        os.kill(-job, signal.SIGCONT)


def main(keys, command):
    pid, terminal = pty.fork()
    if pid == 0:
        shell(command)
    seen = b""

    def wait_for(text):
        nonlocal seen
        while text not in seen:
            try:
                more = os.read(terminal, 4096)
            except OSError:
                more = b""
            if not more:
                sys.exit("the terminal ended: %r" % seen)
            seen += more

    wait_for(b"ready")
    for key in keys:
        if key == "z":
            os.write(terminal, b"\x1a")
            wait_for(b"STOPPED")
        elif key == "c":
            os.write(terminal, b"\x03")
        else:
            os.write(terminal, key.encode() + b"\n")
    wait_for(b"STATUS")
    wait_for(b"\n")
    sys.stdout.write(seen.decode())


main(sys.argv[1], sys.argv[2:])
