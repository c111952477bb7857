/**
 * The expressions of a rule, one function each, as nft(8) writes them in words. They share register
 * 1: each loads it, changes it or looks at it.
 */
import { dataViewOf, type netlink as wire } from '../../wire/index.js';

export type Expression = wire.NftExpression;

const VERDICT_REGISTER = 0;
const REGISTER = 1;
const SECOND_REGISTER = 2;

const metaKeys = { mark: 3, iif: 4, oif: 5, l4proto: 16 } as const;

/** `meta KEY`. */
export function loadMeta(key: keyof typeof metaKeys): Expression {
  return { name: 'meta', data: { destination: REGISTER, key: metaKeys[key] } };
}

/** `meta mark set ...`, to what is loaded. */
export function setMark(): Expression {
  return { name: 'meta', data: { key: metaKeys.mark, source: REGISTER } };
}

/** A byte behind the transport header's beginning: `@th,OFFSET*8,8`. */
export function loadTransportByte(offset: number): Expression {
  const TRANSPORT_HEADER = 2;
  const data = { destination: REGISTER, base: TRANSPORT_HEADER, offset, length: 1 };
  return { name: 'payload', data };
}

/** What is loaded, `& mask ^ xor`; of as many bytes as the mask has. */
export function bitwise(
  mask: Uint8Array,
  xor: Uint8Array = new Uint8Array(mask.length),
): Expression {
  const data = {
    ...{ source: REGISTER, destination: REGISTER, length: mask.length },
    ...{ mask: { value: mask }, xor: { value: xor } },
  };
  return { name: 'bitwise', data };
}

/** Goes on only if what is loaded is this. */
export function isEqual(value: Uint8Array): Expression {
  return { name: 'cmp', data: { source: REGISTER, operation: 0, data: { value } } };
}

export function isNotEqual(value: Uint8Array): Expression {
  return { name: 'cmp', data: { source: REGISTER, operation: 1, data: { value } } };
}

/**
 * `fib daddr type`: what kind of address the destination is (RTN_*). By IPv4 the table `local`
 * says so, by IPv6 all rules, which may look at the packet's mark.
 */
export function loadDestinationType(): Expression {
  const ADDRTYPE = 3;
  const DADDR_AND_MARK = 2 | 4;
  const data = { destination: REGISTER, result: ADDRTYPE, flags: DADDR_AND_MARK };
  return { name: 'fib', data };
}

/** `tproxy to ADDRESS:PORT`: to a socket of ours, whatever the destination. */
export function transparentProxy(family: number, address: Uint8Array, port: number): Expression[] {
  const value = new Uint8Array(2);
  dataViewOf(value).setUint16(0, port);
  return [
    { name: 'immediate', data: { destination: REGISTER, data: { value: address } } },
    { name: 'immediate', data: { destination: SECOND_REGISTER, data: { value } } },
    { name: 'tproxy', data: { family, address: REGISTER, port: SECOND_REGISTER } },
  ];
}

const verdicts = { drop: 0, accept: 1 } as const;

export function verdict(name: keyof typeof verdicts): Expression {
  const data = { destination: VERDICT_REGISTER, data: { verdict: { code: verdicts[name] } } };
  return { name: 'immediate', data };
}

/** A number as the machine has it in a register. */
export function word(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  dataViewOf(bytes).setUint32(0, value, true);
  return bytes;
}
