#!/bin/sh
# What udhcpc was given: its script's argument, then a line for each option.
echo "event=$1"
for name in ip subnet router dns broadcast mtu domain search lease serverid; do
  eval "echo \"$name=\$$name\""
done
