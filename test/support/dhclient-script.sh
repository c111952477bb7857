#!/bin/sh
# What dhclient was given; once it has an address that is all, and it need not wait for the lease's end.
env
[ "$reason" = BOUND6 ] && kill "$PPID"
exit 0
