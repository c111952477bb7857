/**
 * A socket to listen on, in one word: `tcp://[::]:80?backlog=4096&name=web`, `udp://0.0.0.0:53`,
 * `unix:///run/web.sock`, `unix://@abstract`, `vsock://3:5000`.
 */
import { bindAddress, checkPort, unixAddress, vsockAddress } from './address.js';
import { datagramOpening } from './datagram.js';
import { usage } from './errors.js';
import type { Opening } from './opening.js';
import { listenerOpening } from './listener.js';
import type { SocketOptions } from './options.js';
import type { FileDescriptor } from './descriptor.js';

export interface ListenUrl {
  /** From `?name=`; else undefined. */
  readonly name: string | undefined;
  readonly opening: Opening<{ readonly descriptor: FileDescriptor }>;
}

const flags = {
  'reuse-address': 'reuseAddress',
  'reuse-port': 'reusePort',
  'ipv6-only': 'ipv6Only',
  transparent: 'transparent',
  freebind: 'freebind',
  'no-delay': 'noDelay',
  'keep-alive': 'keepAlive',
} as const;

const numbers = {
  'defer-accept': 'deferAccept',
  'fast-open': 'fastOpen',
  mark: 'mark',
} as const;

export const listenUrlOptions = [
  'name',
  'backlog',
  'device',
  ...Object.keys(flags),
  ...Object.keys(numbers),
];

/** Throws ERR_USAGE. */
export function parseListenUrl(text: string): ListenUrl {
  const [, scheme = '', rest = '', query = ''] =
    /^([a-z]+):\/\/([^?]*)(?:\?(.*))?$/s.exec(text) ?? [];
  const parameters = new URLSearchParams(query);
  const { name, backlog, ...options } = readOptions(text, parameters);
  const queue = backlog === undefined ? {} : { backlog };
  switch (scheme) {
    case 'tcp': {
      const opening = listenerOpening({ ...hostAndPort(text, rest), ...queue, ...options });
      return { name, opening };
    }
    case 'udp': {
      if (backlog !== undefined) throw usage(`${text}: udp has no backlog`);
      const opening = datagramOpening({ ...hostAndPort(text, rest), ...options });
      return { name, opening };
    }
    case 'unix': {
      const path = rest.startsWith('@') ? `\0${rest.slice(1)}` : rest;
      unixAddress(path);
      return { name, opening: listenerOpening({ path, ...queue, ...options }) };
    }
    case 'vsock':
      return {
        name,
        opening: listenerOpening({ vsock: vsockPort(text, rest), ...queue, ...options }),
      };
    default:
      throw usage(
        `${JSON.stringify(text)} is no address to listen on`,
        'write tcp://HOST:PORT, udp://HOST:PORT, unix:///PATH, unix://@NAME or vsock://CID:PORT',
      );
  }
}

/** `HOST:PORT`, `[::1]:PORT`, `:PORT` and `PORT`: without a host, all addresses. */
export function splitHostAndPort(text: string): { host: string | undefined; port: number } {
  const [, bracketed, plain, port] = /^(?:(?:\[([^\]]*)\]|([^:]*)):)?(\d+)$/.exec(text) ?? [];
  if (port === undefined) throw usage(`${JSON.stringify(text)} is not HOST:PORT`);
  checkPort(Number(port));
  const host = bracketed ?? plain;
  return { host: host === '' ? undefined : host, port: Number(port) };
}

function hostAndPort(text: string, rest: string): { host: string; port: number } {
  const { host = '::', port } = splitHostAndPort(rest.replace(/\/$/, ''));
  bindAddress({ host, port });
  if (rest === '') throw usage(`${text} says no port`);
  return { host, port };
}

function vsockPort(text: string, rest: string): { cid?: number; port: number } {
  const [, cid, port] = /^(?:(\d*):)?(\d+)$/.exec(rest) ?? [];
  if (port === undefined) throw usage(`${text} is not vsock://CID:PORT`);
  const address = {
    ...(cid === undefined || cid === '' ? {} : { cid: Number(cid) }),
    port: Number(port),
  };
  vsockAddress(address);
  return address;
}

interface Read extends SocketOptions {
  readonly name: string | undefined;
  readonly backlog: number | undefined;
}

function readOptions(text: string, parameters: URLSearchParams): Read {
  const options: Record<string, boolean | number | string> = {};
  for (const [key, value] of parameters) {
    if (key === 'name' || key === 'backlog') continue;
    if (key === 'device') options['device'] = value;
    else if (isIn(flags, key)) options[flags[key]] = flag(text, key, value);
    else if (isIn(numbers, key)) options[numbers[key]] = whole(text, key, value);
    else throw usage(`${text}: unknown option ${key}`, `there are ${listenUrlOptions.join(', ')}`);
  }
  const backlog = parameters.get('backlog');
  return {
    ...(options as SocketOptions),
    name: parameters.get('name') ?? undefined,
    backlog: backlog === null ? undefined : whole(text, 'backlog', backlog),
  };
}

function isIn<T extends object>(table: T, key: string): key is Extract<keyof T, string> {
  return Object.hasOwn(table, key);
}

/** `?transparent`, `?transparent=1`, `?ipv6-only=no`. */
function flag(text: string, key: string, value: string): boolean {
  if (['', '1', 'yes', 'true'].includes(value)) return true;
  if (['0', 'no', 'false'].includes(value)) return false;
  throw usage(`${text}: ${key} is yes or no, not ${value}`);
}

function whole(text: string, key: string, value: string): number {
  if (/^\d{1,10}$/.test(value)) return Number(value);
  throw usage(`${text}: ${key} is a whole number, not ${JSON.stringify(value)}`);
}
