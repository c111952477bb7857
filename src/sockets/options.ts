/** Socket options (socket(7), ip(7), ipv6(7), tcp(7)) as steps: setsockopt(2) before bind(2). */
import { Block, cString, step, type Argument, type Step } from '../native/index.js';
import * as so from './constants.js';
import { usage } from './errors.js';

export interface SocketOptions {
  /** SO_REUSEADDR. On listeners of TCP by default true, as in Node. */
  readonly reuseAddress?: boolean | undefined;
  /** SO_REUSEPORT: several sockets of one user share the address, and the kernel deals out. */
  readonly reusePort?: boolean | undefined;
  /** IPV6_V6ONLY: whether `::` means IPv4 too. */
  readonly ipv6Only?: boolean | undefined;
  /** IP_TRANSPARENT, IPV6_TRANSPARENT: addresses that are not ours at all. */
  readonly transparent?: boolean | undefined;
  /** IP_FREEBIND, IPV6_FREEBIND: an address that no interface has yet. */
  readonly freebind?: boolean | undefined;
  /** TCP_DEFER_ACCEPT: seconds to wait for data before a connection is shown; true is 1. */
  readonly deferAccept?: boolean | number | undefined;
  /** TCP_NODELAY; accepted connections inherit it. */
  readonly noDelay?: boolean | undefined;
  /** SO_KEEPALIVE; accepted connections inherit it. */
  readonly keepAlive?: boolean | undefined;
  /** TCP_FASTOPEN: how many may be waiting. */
  readonly fastOpen?: number | undefined;
  /** SO_BINDTODEVICE: an interface's name inside. */
  readonly device?: string | undefined;
  /** SO_MARK. */
  readonly mark?: number | undefined;
  readonly priority?: number | undefined;
  /** SO_BROADCAST. */
  readonly broadcast?: boolean | undefined;
  /** SO_RCVBUF and SO_SNDBUF; the kernel keeps twice as much. */
  readonly receiveBufferBytes?: number | undefined;
  readonly sendBufferBytes?: number | undefined;
  /** Any other option. */
  readonly raw?: readonly RawOption[] | undefined;
}

export interface RawOption {
  readonly level: number;
  readonly name: number;
  readonly value: number | Uint8Array;
}

interface Known {
  readonly level: number;
  readonly name: number;
  /** Instead, on IPv6 sockets. */
  readonly v6?: { readonly level: number; readonly name: number };
}

const inIp = (name: number, v6: number): Known => ({
  level: so.IPPROTO_IP,
  name,
  v6: { level: so.IPPROTO_IPV6, name: v6 },
});

/** In the order they are set. */
const known: Record<Exclude<keyof SocketOptions, 'raw'>, Known> = {
  reuseAddress: { level: so.SOL_SOCKET, name: so.SO_REUSEADDR },
  reusePort: { level: so.SOL_SOCKET, name: so.SO_REUSEPORT },
  ipv6Only: { level: so.IPPROTO_IPV6, name: so.IPV6_V6ONLY },
  transparent: inIp(so.IP_TRANSPARENT, so.IPV6_TRANSPARENT),
  freebind: inIp(so.IP_FREEBIND, so.IPV6_FREEBIND),
  device: { level: so.SOL_SOCKET, name: so.SO_BINDTODEVICE },
  mark: { level: so.SOL_SOCKET, name: so.SO_MARK },
  priority: { level: so.SOL_SOCKET, name: so.SO_PRIORITY },
  broadcast: { level: so.SOL_SOCKET, name: so.SO_BROADCAST },
  receiveBufferBytes: { level: so.SOL_SOCKET, name: so.SO_RCVBUF },
  sendBufferBytes: { level: so.SOL_SOCKET, name: so.SO_SNDBUF },
  keepAlive: { level: so.SOL_SOCKET, name: so.SO_KEEPALIVE },
  noDelay: { level: so.IPPROTO_TCP, name: so.TCP_NODELAY },
  deferAccept: { level: so.IPPROTO_TCP, name: so.TCP_DEFER_ACCEPT },
  fastOpen: { level: so.IPPROTO_TCP, name: so.TCP_FASTOPEN },
};

export type OptionName = keyof typeof known;
export const optionNames = Object.keys(known) as OptionName[];

export function hasOptions(options: SocketOptions): boolean {
  return options.raw !== undefined || optionNames.some((name) => options[name] !== undefined);
}

/** Where an option is read back: getsockopt(2). */
export function placeOf(name: OptionName, isIPv6: boolean): { level: number; name: number } {
  return (isIPv6 ? known[name].v6 : undefined) ?? known[name];
}

export function optionSteps(socket: Step, options: SocketOptions, isIPv6: boolean): Step[] {
  const given = optionNames.flatMap((name): Step[] => {
    const value = options[name];
    if (value === undefined) return [];
    return [
      setOption(`set ${name}`, socket, { ...placeOf(name, isIPv6), value: encode(name, value) }),
    ];
  });
  const raw = (options.raw ?? []).map((option) =>
    setOption(`set option ${option.level}/${option.name}`, socket, option),
  );
  return [...given, ...raw];
}

function encode(name: OptionName, value: boolean | number | string): number | Uint8Array {
  if (typeof value === 'string') return cString(value);
  const number = Number(value);
  if (Number.isInteger(number) && Math.abs(number) <= 0xffff_ffff) return number;
  throw usage(`${name} is a whole number, not ${number}`);
}

function setOption(sentence: string, socket: Step, { level, name, value }: RawOption): Step {
  const bytes = typeof value === 'number' ? int32(value) : value;
  const args: Argument[] = [socket, level, name, new Block(bytes), bytes.length];
  return step(sentence, 'setsockopt', args);
}

function int32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, value, true);
  return bytes;
}
