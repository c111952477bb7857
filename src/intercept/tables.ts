/**
 * What the packet filter does with a packet that would leave by no other route than ours. On its way
 * out it gets a mark; arriving by loopback, a SYN must have been let in by the gate, whatever begins
 * a flow goes to our listeners, what belongs to one goes there by itself, and all else is silence.
 * In nft's words, for IPv4:
 *
 *     chain output
 *       oif != lo accept
 *       fib daddr type != unicast accept
 *       meta mark set meta mark | LEAVING
 *     chain prerouting
 *       iif != lo accept
 *       meta mark & LEAVING == 0 accept
 *       tcp flags & (fin|syn|rst|ack) != syn accept
 *       meta l4proto tcp meta mark & LET_IN == 0 drop
 *       meta l4proto tcp tproxy to 127.0.0.1:PORT accept
 *       meta l4proto udp tproxy to 127.0.0.1:PORT accept
 *       meta mark & LET_IN == 0 drop
 */
import { nft } from '../netlink/index.js';
import { PROTOCOL_TCP, PROTOCOL_UDP, netlink as wire, parseIp, tcpFlags } from '../wire/index.js';
import {
  LOOPBACK_INDEX,
  MARK_LEAVING,
  MARK_LET_IN,
  MARK_WITHOUT_TABLE,
  RTN_LOCAL,
  RTN_UNICAST,
  type IpFamily,
} from './constants.js';
import { FLAGS_AT, FLAGS_MASK } from './filter.js';

export interface Ports {
  readonly tcp: number;
  readonly udp: number;
}

const NAME = 'nskit-intercept';
/** Before other tables look at packets that are not theirs: as `mangle`. */
const PRIORITY = -150;

type Rule = readonly nft.Expression[];

const { accept, drop } = { accept: nft.verdict('accept'), drop: nft.verdict('drop') };
const byte = (value: number): Uint8Array => Uint8Array.of(value);
const noBits = nft.word(0);
const loopback = nft.word(LOOPBACK_INDEX);

export function tableOf(family: IpFamily, ports: Ports): nft.FilterTable {
  const number = family === 'inet' ? wire.NFPROTO_IPV4 : wire.NFPROTO_IPV6;
  return {
    ...{ name: NAME, family: number },
    chains: [
      { hook: 'output', priority: PRIORITY, rules: leaving[family] },
      { hook: 'prerouting', priority: PRIORITY, rules: arriving(number, family, ports) },
    ],
  };
}

const isNoSyn: Rule = [
  nft.loadTransportByte(FLAGS_AT),
  nft.bitwise(byte(FLAGS_MASK)),
  nft.isNotEqual(byte(tcpFlags.SYN)),
];

const addresses = { inet: '127.0.0.1', inet6: '::1' } as const;

function arriving(number: number, family: IpFamily, ports: Ports): Rule[] {
  const address = parseIp(addresses[family]) ?? new Uint8Array();
  const to = (port: number): Rule => [...nft.transparentProxy(number, address, port), accept];
  return [
    [nft.loadMeta('iif'), nft.isNotEqual(loopback), accept],
    [...lacksMark(MARK_LEAVING), accept],
    [...isProtocol(PROTOCOL_TCP), ...isNoSyn, accept],
    [...isProtocol(PROTOCOL_TCP), ...lacksMark(MARK_LET_IN), drop],
    [...isProtocol(PROTOCOL_TCP), ...to(ports.tcp)],
    [...isProtocol(PROTOCOL_UDP), ...to(ports.udp)],
    // ICMP errors are the gate's; what a program inside sends, pings too, nobody answers.
    [...lacksMark(MARK_LET_IN), drop],
  ];
}

/** By IPv4 the kernel looks only into the table `local`, where ours is not. */
const leavingIPv4: readonly Rule[] = [
  [nft.loadMeta('oif'), nft.isNotEqual(loopback), accept],
  [nft.loadDestinationType(), nft.isNotEqual(nft.word(RTN_UNICAST)), accept],
  setBit(MARK_LEAVING, true),
];

/** By IPv6 it follows all rules, ours too: so it is asked with the mark that leaves them out. */
const leavingIPv6: readonly Rule[] = [
  [nft.loadMeta('oif'), nft.isNotEqual(loopback), accept],
  setBit(MARK_WITHOUT_TABLE, true),
  [
    nft.loadDestinationType(),
    nft.isEqual(nft.word(RTN_LOCAL)),
    ...setBit(MARK_WITHOUT_TABLE, false),
    accept,
  ],
  setBit(MARK_WITHOUT_TABLE, false),
  setBit(MARK_LEAVING, true),
];

const leaving = { inet: leavingIPv4, inet6: leavingIPv6 };

function setBit(bit: number, on: boolean): Rule {
  const mask = nft.word(~bit >>> 0);
  return [nft.loadMeta('mark'), nft.bitwise(mask, on ? nft.word(bit) : noBits), nft.setMark()];
}

function isProtocol(number: number): Rule {
  return [nft.loadMeta('l4proto'), nft.isEqual(byte(number))];
}

function lacksMark(bit: number): Rule {
  return [nft.loadMeta('mark'), nft.bitwise(nft.word(bit)), nft.isEqual(noBits)];
}
