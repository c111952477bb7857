/** A namespace behind one that has an uplink: that one is its router, by a link of a small MTU. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Inside } from './uplink.js';

export interface Behind extends AsyncDisposable {
  /** Runs a program there to its end, which must be a good one; what it printed. */
  output(argv: readonly string[]): Promise<string>;
}

/**
 * The MTU is that of the link between the two. What TCP there announces it can take is as large as the
 * uplink's own: only the router knows that less gets through.
 */
const setUp = `
set -e
sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
ip link add v0 mtu "$2" type veth peer name v1 mtu "$2" netns "$1"
ip addr add 10.9.0.1/24 dev v0; ip addr add fd09::1/64 dev v0 nodad; ip link set v0 up
exec nsenter -t "$1" -n sh -ec '
  ip link set lo up; ip addr add 10.9.0.2/24 dev v1; ip addr add fd09::2/64 dev v1 nodad
  ip link set v1 up
  ip route add default via 10.9.0.1 advmss 65460
  ip -6 route add default via fd09::1 advmss 65460'
`;

export async function makeBehind(inside: Inside, mtu: number): Promise<Behind> {
  const { namespaces } = inside;
  const argv = ['unshare', '-n', 'sh', '-c', 'echo ready; exec cat'];
  const holder = await namespaces.spawnAsync(argv, { stdio: ['pipe', 'pipe', 'inherit'] });
  assert.ok(holder.stdin && holder.stdout);
  const { stdin, pid } = holder;
  await once(createInterface(holder.stdout), 'line');
  await inside.output(['sh', '-c', setUp, 'sh', `${pid}`, `${mtu}`]);
  return {
    output: (args) => inside.output(['nsenter', '-t', `${pid}`, '-n', ...args]),
    [Symbol.asyncDispose]: async () => {
      stdin.end();
      await holder.exit;
    },
  };
}
