/** One socket: made, given its options, bound, made to listen or connect, inside; socket(2). */
import {
  Block,
  Place,
  forgiving,
  load32,
  step,
  type Argument,
  type Outcome,
  type Program,
  type Step,
} from '../native/index.js';
import {
  AF_INET,
  AF_INET6,
  AF_NETLINK,
  AF_PACKET,
  AF_UNIX,
  AF_VSOCK,
  SOCKADDR_STORAGE_SIZE,
  emitSocketAddress,
  parseSocketAddress,
  sockaddrIn6,
  type SocketAddress,
} from '../wire/index.js';
import * as so from './constants.js';
import { addressEndpoint } from './address.js';
import { endpointText, usage } from './errors.js';
import type { FileDescriptor } from './descriptor.js';
import type { PlaceKind } from './inside.js';
import type { Opening } from './opening.js';
import { optionSteps, type SocketOptions } from './options.js';

const domains = {
  inet: AF_INET,
  inet6: AF_INET6,
  unix: AF_UNIX,
  netlink: AF_NETLINK,
  packet: AF_PACKET,
  vsock: AF_VSOCK,
} as const;

const types = {
  stream: so.SOCK_STREAM,
  dgram: so.SOCK_DGRAM,
  raw: so.SOCK_RAW,
  rdm: so.SOCK_RDM,
  seqpacket: so.SOCK_SEQPACKET,
} as const;

const protocols = {
  ip: so.IPPROTO_IP,
  icmp: so.IPPROTO_ICMP,
  tcp: so.IPPROTO_TCP,
  udp: so.IPPROTO_UDP,
  ipv6: so.IPPROTO_IPV6,
  icmpv6: so.IPPROTO_ICMPV6,
} as const;

/** The kernel's names in small letters, or its numbers. */
export type SocketDomain = keyof typeof domains | number;
export type SocketType = keyof typeof types | number;
export type SocketProtocol = keyof typeof protocols | number;

export interface SocketRequest {
  readonly domain: SocketDomain;
  readonly type: SocketType;
  readonly protocol?: SocketProtocol | undefined;
  readonly nonBlocking?: boolean | undefined;
  readonly options?: SocketOptions | undefined;
  readonly bind?: SocketAddress | undefined;
  /** Of a bound IPv6 address: the name inside of the interface that is its scope. */
  readonly scope?: string | undefined;
  /** listen(2) with this many connections waiting. */
  readonly backlog?: number | undefined;
  /** connect(2); of a non-blocking socket it may go on when this is over. */
  readonly connect?: SocketAddress | undefined;
}

export interface OpenedSocket {
  readonly descriptor: FileDescriptor;
  /** Where it is bound; a port that was 0 is known now. */
  readonly address: SocketAddress;
}

export function socketOpening(request: SocketRequest): Opening<OpenedSocket> {
  const domain = numberOf(domains, request.domain);
  const flags = so.SOCK_CLOEXEC | (request.nonBlocking === true ? so.SOCK_NONBLOCK : 0);
  const type = numberOf(types, request.type) | flags;
  const about = request.bind ?? request.connect;
  const endpoint = about === undefined ? undefined : addressEndpoint(about);
  const text = endpoint === undefined ? `family ${request.domain}` : endpointText(endpoint);
  const args = [domain, type, numberOf(protocols, request.protocol ?? 0)];
  const socket = step(`make a socket for ${text}`, 'socket', args, { opens: true });
  const name = new Block(SOCKADDR_STORAGE_SIZE);
  const size = new Block(Uint8Array.of(SOCKADDR_STORAGE_SIZE, 0, 0, 0));
  return {
    steps: [
      socket,
      ...optionSteps(socket, request.options ?? {}, domain === AF_INET6),
      ...bindSteps(socket, request, text),
      ...connectSteps(socket, request, text),
      step(`find out the address of ${text}`, 'getsockname', [socket, name, size]),
    ],
    fd: socket,
    needs: placeOf(about, domain),
    mayBlock: mayBlock(request),
    endpoint,
    finish: (descriptor, outcome) => ({ descriptor, address: nameIn(outcome, name, size) }),
  };
}

/** A Unix path lies in a file system; vsock is the machine's; all else is the network's. */
function placeOf(about: SocketAddress | undefined, domain: number): PlaceKind | undefined {
  if (domain === AF_VSOCK) return undefined;
  return about?.family === 'unix' && about.path !== undefined ? undefined : 'net';
}

/** A path, on whatever file system; a blocking connect. */
function mayBlock({ bind, connect, nonBlocking }: SocketRequest): boolean {
  const isPath = (about: SocketAddress | undefined): boolean =>
    about?.family === 'unix' && about.path !== undefined;
  return isPath(bind) || isPath(connect) || (connect !== undefined && nonBlocking !== true);
}

function numberOf<T extends string>(names: Record<T, number>, given: T | number): number {
  if (typeof given === 'number') return given;
  if (Object.hasOwn(names, given)) return names[given];
  throw usage(`${JSON.stringify(given)} is none of ${Object.keys(names).join(', ')}`);
}

function nameIn(outcome: Outcome, name: Block, size: Block): SocketAddress {
  const [length = 0] = outcome.read(size);
  return parseSocketAddress(outcome.read(name).slice(0, length));
}

function bindSteps(socket: Step, request: SocketRequest, text: string): Program {
  const { bind, scope, backlog } = request;
  const listen = backlog === undefined ? [] : [backlog];
  if (bind === undefined) return listen.map((n) => listenStep(socket, n, text));
  const address = new Block(emitSocketAddress(bind));
  return [
    ...(scope === undefined ? [] : scopeSteps(socket, scope, address)),
    step(`bind to ${text}`, 'bind', [socket, address, address.bytes.length]),
    ...listen.map((n) => listenStep(socket, n, text)),
  ];
}

function listenStep(socket: Step, backlog: number, text: string): Step {
  if (!Number.isInteger(backlog) || backlog < 0 || backlog > 0x7fff_ffff) {
    throw usage(`a backlog is a whole number from 0 to 2147483647, not ${backlog}`);
  }
  return step(`listen on ${text}`, 'listen', [socket, backlog]);
}

/** Only inside is it known which index an interface has. */
function scopeSteps(socket: Step, scope: string, address: Block): Program {
  const sentence = `find the interface ${scope}`;
  const request = interfaceRequest(scope);
  const index = load32(sentence, request, so.IFNAMSIZ);
  const into: Argument = new Place(address, sockaddrIn6.offset.scopeId);
  return [
    step(sentence, 'ioctl', [socket, so.SIOCGIFINDEX, request], { path: scope }),
    index,
    step(sentence, 'store32', [into, index]),
  ];
}

/** struct ifreq with a name in it. */
export function interfaceRequest(name: string): Block {
  const bytes = new TextEncoder().encode(name);
  if (bytes.length >= so.IFNAMSIZ || name.includes('\0') || name.includes('/')) {
    throw usage(`${JSON.stringify(name)} is no name for an interface: at most 15 bytes, no "/"`);
  }
  const request = new Block(so.IFREQ_SIZE);
  request.bytes.set(bytes);
  return request;
}

function connectSteps(socket: Step, { connect }: SocketRequest, text: string): Program {
  if (connect === undefined) return [];
  const address = new Block(emitSocketAddress(connect));
  const args = [socket, address, address.bytes.length];
  return [forgiving(step(`connect to ${text}`, 'connect', args), 'EINPROGRESS')];
}
