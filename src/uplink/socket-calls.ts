/** Calls on host sockets that answer as the kernel does: a count or a negative errno. */
import { errnoNumber, syscallNumber, trafficCalls } from '../native/index.js';
import * as k from './constants.js';

const calls = trafficCalls;

export const EAGAIN = -errnoNumber('EAGAIN');
export const EAFNOSUPPORT = -errnoNumber('EAFNOSUPPORT');
export const EINPROGRESS = -errnoNumber('EINPROGRESS');

const SOCKET = syscallNumber('socket');
const CONNECT = syscallNumber('connect');
const BIND = syscallNumber('bind');
const SETSOCKOPT = syscallNumber('setsockopt');
const GETSOCKOPT = syscallNumber('getsockopt');
const SHUTDOWN = syscallNumber('shutdown');
const CLOSE = syscallNumber('close');

/** Non-blocking, close-on-exec. */
export function openSocket(domain: number, type: number, protocol: number): number {
  const flags = k.SOCK_NONBLOCK | k.SOCK_CLOEXEC;
  return calls().syscall(SOCKET, domain, type | flags, protocol);
}

export function connect(fd: number, address: Uint8Array): number {
  return calls().syscall(CONNECT, fd, address, address.length);
}

export function bind(fd: number, address: Uint8Array): number {
  return calls().syscall(BIND, fd, address, address.length);
}

export interface SocketOption {
  readonly level: number;
  readonly name: number;
}

export function setOption(fd: number, { level, name }: SocketOption, value: number): number {
  oneWord[0] = value;
  return calls().syscall(SETSOCKOPT, fd, level, name, oneWord, oneWord.byteLength);
}

export function setBytesOption(
  fd: number,
  { level, name }: SocketOption,
  value: Uint8Array,
): number {
  return calls().syscall(SETSOCKOPT, fd, level, name, value, value.byteLength);
}

const oneWord = new Int32Array(1);
const size = new Uint32Array(1);

/** The error that waits at a socket, as a positive errno; asking clears it. */
export function takeError(fd: number): number {
  size[0] = oneWord.byteLength;
  const { level, name } = options.error;
  const answer = calls().syscall(GETSOCKOPT, fd, level, name, oneWord, size);
  return answer < 0 ? -answer : (oneWord[0] ?? 0);
}

export interface Memory {
  /** What the socket may hold of bytes to send, in the kernel's own measure. */
  readonly sendBuffer: number;
  readonly free: number;
}

const memory = new Uint32Array(k.SK_MEMINFO_VARS);
const found = { sendBuffer: 0, free: 0 };

/** How much room there is to send (SO_MEMINFO); the object is used again. */
export function sendMemory(fd: number): Memory {
  size[0] = memory.byteLength;
  calls().syscall(GETSOCKOPT, fd, k.SOL_SOCKET, k.SO_MEMINFO, memory, size);
  // TCP counts what is queued, a Unix socket what is allocated.
  const [queued = 0, allocated = 0] = [
    memory[k.SK_MEMINFO_WMEM_QUEUED],
    memory[k.SK_MEMINFO_WMEM_ALLOC],
  ];
  found.sendBuffer = memory[k.SK_MEMINFO_SNDBUF] ?? 0;
  found.free = Math.max(0, found.sendBuffer - Math.max(queued, allocated));
  return found;
}

/** Whether ICMP errors are kept for us. */
export function receiveErrors(fd: number, family: IpFamily, wanted: boolean): void {
  setOption(fd, options.receiveErrors[family], Number(wanted));
}

export type IpFamily = 'inet' | 'inet6';

export function shutdownWriting(fd: number): void {
  calls().syscall(SHUTDOWN, fd, k.SHUT_WR);
}

export function close(fd: number): void {
  calls().syscall(CLOSE, fd);
}

const LINGER_NOT = new Uint8Array(Int32Array.of(1, 0).buffer);

/** Closes with a reset that the other side gets to see. */
export function abort(fd: number): void {
  setBytesOption(fd, options.linger, LINGER_NOT);
  close(fd);
}

export const options = {
  error: { level: k.SOL_SOCKET, name: k.SO_ERROR },
  sendBuffer: { level: k.SOL_SOCKET, name: k.SO_SNDBUF },
  receiveBuffer: { level: k.SOL_SOCKET, name: k.SO_RCVBUF },
  linger: { level: k.SOL_SOCKET, name: k.SO_LINGER },
  reuseAddress: { level: k.SOL_SOCKET, name: k.SO_REUSEADDR },
  ipv6Only: { level: k.IPPROTO_IPV6, name: k.IPV6_V6ONLY },
  packetInfo: {
    inet: { level: k.IPPROTO_IP, name: k.IP_PKTINFO },
    inet6: { level: k.IPPROTO_IPV6, name: k.IPV6_RECVPKTINFO },
  },
  device: { level: k.SOL_SOCKET, name: k.SO_BINDTODEVICE },
  peekOffset: { level: k.SOL_SOCKET, name: k.SO_PEEK_OFF },
  noDelay: { level: k.IPPROTO_TCP, name: k.TCP_NODELAY },
  receiveErrors: {
    inet: { level: k.IPPROTO_IP, name: k.IP_RECVERR },
    inet6: { level: k.IPPROTO_IPV6, name: k.IPV6_RECVERR },
  },
  hopLimit: {
    inet: { level: k.IPPROTO_IP, name: k.IP_TTL },
    inet6: { level: k.IPPROTO_IPV6, name: k.IPV6_UNICAST_HOPS },
  },
  gro: { level: k.IPPROTO_UDP, name: k.UDP_GRO },
} as const;
