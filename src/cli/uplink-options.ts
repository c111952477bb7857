/** The options of an uplink, the same wherever one is made. */
import type { Command } from 'commander';
import { NskitError, type UplinkLimits, type UplinkOptions } from '../index.js';
import { addLimit } from './uplink-limits.js';

export interface UplinkFlags {
  readonly uplink?: true;
  readonly mtu?: string;
  readonly cidr?: readonly string[];
  readonly ipv6: boolean;
  readonly dns: boolean;
  readonly outbound?: readonly string[];
  readonly allowHost?: readonly string[];
  readonly allowHostLoopback?: true;
  readonly allow?: readonly string[];
  readonly deny?: readonly string[];
  readonly publish?: readonly string[];
  readonly publishLoopback?: true;
  readonly limit?: UplinkLimits;
}

/** `--uplink`, and what goes with it. */
export function addUplinkOptions(command: Command, whose: string): void {
  addUplinkSettings(command.option('--uplink', `the internet inside, through ${whose}`));
}

export function addUplinkSettings(command: Command): void {
  command
    .option('--mtu <bytes>', 'of the device inside (65520)')
    .option('--cidr <network>', 'the network inside (10.0.2.0/24, fd00::/64)', another)
    .option('--no-ipv6', 'IPv4 alone')
    .option('--no-dns', 'no DNS server inside; /etc/resolv.conf stays the host’s')
    .option('--outbound <address|interface>', 'what traffic leaves the host from', another)
    .option('--allow-host <port[/udp]>', 'open a port of the host’s loopback (repeatable)', another)
    .option('--allow-host-loopback', 'open all of them')
    .option('--allow <cidr[:port]>', 'open what --deny closes (repeatable)', another)
    .option(
      '--deny <cidr[:port]>',
      'close it; the most specific rule decides (repeatable)',
      another,
    )
    .option(
      '--publish <[address:]host:inside[/udp]>',
      'let a port of the host lead inside, by default of 127.0.0.1 (repeatable)',
      another,
    )
    .option('--publish-loopback', 'let them lead to 127.0.0.1 inside')
    .option(
      '--limit <what=number>',
      'flows, new-flows (a second), memory (bytes, K, M, G), descriptors (repeatable)',
      addLimit,
    );
}

function another(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}

/** Undefined without --uplink. Throws ERR_USAGE for an option that would have no effect. */
export function uplinkOptions(flags: UplinkFlags): UplinkOptions | undefined {
  const { uplink, mtu, cidr, ipv6, dns, outbound, publish, publishLoopback } = flags;
  const { allowHost, allowHostLoopback, allow, deny, limit } = flags;
  if (uplink === undefined) {
    const rules = { allowHost, allowHostLoopback, allow, deny };
    const given = { mtu, cidr, outbound, publish, publishLoopback, limit, ...rules };
    const idle = Object.entries(given).find(([, value]) => value !== undefined)?.[0];
    const switched = ipv6 ? (dns ? undefined : 'no-dns') : 'no-ipv6';
    const name = idle ?? switched;
    if (name === undefined) return undefined;
    const option = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    throw new NskitError('ERR_USAGE', `--${option} goes with --uplink`);
  }
  return uplinkSettings(flags);
}

export function uplinkSettings(flags: Omit<UplinkFlags, 'uplink'>): UplinkOptions {
  const { mtu, cidr, ipv6, dns, outbound, publish, publishLoopback, limit, ...access } = flags;
  const { allowHost, allowHostLoopback, allow, deny } = access;
  return {
    ...{ mtu: mtu === undefined ? undefined : mtuOf(mtu), cidr, ipv6, dns },
    ...{
      limits: limit,
      outbound,
      publish,
      publishLoopback,
      allowHost,
      allowHostLoopback,
      allow,
      deny,
    },
  };
}

function mtuOf(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new NskitError('ERR_USAGE', `--mtu ${text}: give a number of bytes`);
}
