/**
 * What a gate's packet socket gets to see: SYNs that leave, and that nobody has let in. Without it every packet
 * on loopback would be copied to us. Classic BPF (linux/filter.h), on the IP header and what the
 * kernel knows beside it.
 */
import type { BpfInstruction } from '../native/index.js';
import {
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  PROTOCOL_TCP,
  ipv4,
  ipv6,
  tcp,
  tcpFlags,
} from '../wire/index.js';
import { MARK_LEAVING, MARK_LET_IN, PACKET_OUTGOING } from './constants.js';

/** SKF_AD_OFF and SKF_AD_*: what is in no header. */
const ANCILLARY = 0xffff_f000;
const PROTOCOL = ANCILLARY;
const PACKET_TYPE = ANCILLARY + 4;
const MARK = ANCILLARY + 20;

const loadWord = (at: number): BpfInstruction => [0x20, 0, 0, at];
const loadHalf = (at: number): BpfInstruction => [0x28, 0, 0, at];
const loadByte = (at: number): BpfInstruction => [0x30, 0, 0, at];
/** X becomes the length of the IPv4 header at 0; then a byte behind it. */
const skipIPv4Header: BpfInstruction = [0xb1, 0, 0, 0];
const loadByteBehind = (at: number): BpfInstruction => [0x50, 0, 0, at];
const and = (mask: number): BpfInstruction => [0x54, 0, 0, mask];
const pass: BpfInstruction = [0x06, 0, 0, 0xffff];
const ignore: BpfInstruction = [0x06, 0, 0, 0];
/** Goes on if equal, else ignores the packet. */
const mustBe = (value: number): BpfInstruction[] => [[0x15, 1, 0, value], ignore];
const mustNotBe = (value: number): BpfInstruction[] => [[0x15, 0, 1, value], ignore];
const mustHave = (bits: number): BpfInstruction[] => [[0x45, 1, 0, bits], ignore];
const mustNotHave = (bits: number): BpfInstruction[] => [[0x45, 0, 1, bits], ignore];

/** Offset and bits that say: first of a connection, and nothing else. */
export const FLAGS_AT = tcp.offset.flags;
export const FLAGS_MASK = tcpFlags.SYN | tcpFlags.ACK | tcpFlags.RST | tcpFlags.FIN;
const FIRST_FRAGMENT = 0x1fff;

export function gateFilter(): BpfInstruction[] {
  const isSyn = [and(FLAGS_MASK), ...mustBe(tcpFlags.SYN), pass];
  const byIPv4 = [
    loadByte(ipv4.offset.protocol),
    ...mustBe(PROTOCOL_TCP),
    loadHalf(ipv4.offset.flagsAndFragment),
    ...mustNotHave(FIRST_FRAGMENT),
    skipIPv4Header,
    loadByteBehind(FLAGS_AT),
    ...isSyn,
  ];
  const byIPv6 = [
    ...mustBe(ETHERTYPE_IPV6),
    loadByte(ipv6.offset.nextHeader),
    ...mustBe(PROTOCOL_TCP),
    loadByte(ipv6.size + FLAGS_AT),
    ...isSyn,
  ];
  return [
    loadWord(PACKET_TYPE),
    ...mustNotBe(PACKET_OUTGOING),
    loadWord(MARK),
    ...mustHave(MARK_LEAVING),
    ...mustNotHave(MARK_LET_IN),
    loadWord(PROTOCOL),
    [0x15, 0, byIPv4.length, ETHERTYPE_IPV4],
    ...byIPv4,
    ...byIPv6,
  ];
}
