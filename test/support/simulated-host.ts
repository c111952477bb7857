/**
 * A network namespace that plays the host, with destinations of every kind, and a process in it that
 * gives a namespace inside an uplink: what programs see there can be compared with what they see on
 * "the host" itself.
 */
import { createNamespaces } from '../../src/namespaces/index.js';
import { outputOf, startUplink } from './uplink.js';

/** Where things lead on the simulated host; addresses of the documentation networks. */
const setUp = `
set -e
ip link set lo up
ip address add 192.0.2.55/32 dev lo
ip address add 2001:db8:ffff::55/128 dev lo nodad
ip route add local 203.0.113.0/24 dev lo src 192.0.2.55
ip -6 route add local 2001:db8::/64 dev lo src 2001:db8:ffff::55
ip route add unreachable 198.51.100.1
ip route add prohibit 198.51.100.2
ip route add blackhole 198.51.100.3
ip -6 route add default dev lo src 2001:db8:ffff::55
ip -6 route add unreachable 2001:db8:1::1
ip -6 route add prohibit 2001:db8:1::2
ip -6 route add blackhole 2001:db8:1::3
ip -6 route add throw 2001:db8:2::/48
sysctl -qw net.ipv4.tcp_syn_retries=1
sysctl -qw net.ipv4.ping_group_range='0 0'
nft -f - <<END
table inet hosts {
  chain input {
    type filter hook input priority 0
    ip daddr 203.0.113.1 reject with icmp type host-prohibited
    ip daddr 203.0.113.2 reject with icmp type net-unreachable
    ip daddr 203.0.113.3 reject with icmp type host-unreachable
    ip daddr 203.0.113.4 reject with icmp type port-unreachable
    ip daddr 203.0.113.5 drop
    ip6 daddr 2001:db8::1 reject with icmpv6 type admin-prohibited
    ip6 daddr 2001:db8::2 reject with icmpv6 type no-route
    ip6 daddr 2001:db8::3 reject with icmpv6 type addr-unreachable
    ip6 daddr 2001:db8::4 reject with icmpv6 type port-unreachable
    ip6 daddr 2001:db8::5 drop
  }
}
END
`;

export interface SimulatedHost extends AsyncDisposable {
  /** What a program prints that runs on the simulated host. */
  onHost(argv: readonly string[]): Promise<string>;
  /** The same in the namespace behind the uplink. */
  inside(argv: readonly string[]): Promise<string>;
}

export async function makeSimulatedHost(): Promise<SimulatedHost> {
  const host = await createNamespaces({ kinds: ['user', 'net'] });
  await outputOf(host, ['sh', '-c', setUp]);
  const uplink = await startUplink({}, host);
  await uplink.output(['sysctl', '-qw', 'net.ipv4.tcp_syn_retries=1']);
  return {
    onHost: (argv) => outputOf(host, argv),
    inside: (argv) => uplink.output(argv),
    [Symbol.asyncDispose]: async () => {
      await uplink[Symbol.asyncDispose]();
      await host[Symbol.asyncDispose]();
    },
  };
}
