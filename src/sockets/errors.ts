/**
 * Errors of sockets: SyscallError with the fields that Node's own socket errors have (address and
 * port), and hints that look at what was asked for.
 */
import { readFileSync } from 'node:fs';
import { NskitError, SyscallError, hintFor } from '../errors/index.js';
import { errnoNumber } from '../native/index.js';

/** The object of a call, as Node's errors name it; a Unix socket has a path in `address`. */
export interface Endpoint {
  readonly address: string;
  readonly port?: number | undefined;
}

export class SocketError extends SyscallError {
  readonly address: string;
  readonly port: number | undefined;

  constructor(error: SyscallError, endpoint: Endpoint) {
    const { code, errno, syscall, step, path, hint } = error;
    const better = hint ?? socketHint(syscall, code);
    super({ code, errno, syscall, step, path, hint: better }, { cause: error });
    this.name = 'SocketError';
    this.address = endpoint.address;
    this.port = endpoint.port;
  }
}

/** A connection that could not be made, as Node's `connect` says it. */
export function connectError(code: string, endpoint: Endpoint): SocketError {
  const step = `connect to ${endpointText(endpoint)}`;
  const failure = { code, errno: -errnoNumber(code), syscall: 'connect', step };
  return new SocketError(
    new SyscallError({ ...failure, hint: hintFor('connect', code) }),
    endpoint,
  );
}

export function endpointText({ address, port }: Endpoint): string {
  if (port === undefined) return address;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

export function usage(message: string, hint?: string): NskitError {
  return new NskitError('ERR_USAGE', message, hint === undefined ? {} : { hint });
}

const hints: Record<string, string | (() => string)> = {
  'bind EACCES': privilegedPortHint,
  'bind EADDRINUSE':
    'another socket has it ("ss -lntup" inside says which); a Unix path that nobody listens on any more must be removed first',
  'bind EADDRNOTAVAIL':
    'no interface in this namespace has this address: add it, or ask for freebind or transparent',
  'bind ENOENT': 'the folder of a Unix path must exist',
  'socket EAFNOSUPPORT': 'the kernel lacks this family of sockets (a module, or ipv6.disable=1)',
  'socket EMFILE': 'the limit of open files is reached: see "ulimit -n"',
  'socket EPERM': 'raw and packet sockets need the right over the network namespace',
  'setsockopt EPERM':
    'this option needs the right over the network namespace: ask inside one of yours',
  'ioctl EBUSY': 'the device exists, and another process has it or it must be new',
  'ioctl EINVAL': 'a device of this name exists and is of another kind, or has other flags',
  'clone EMFILE': 'the limit of open files is reached: see "ulimit -n"',
  'openat2 EXDEV': 'the path leaves what the resolve flags allow',
  'openat2 ELOOP': 'the path has a symbolic link, which the flags do not allow',
  'connect ECONNREFUSED': 'nobody listens there',
  'connect ENETUNREACH': 'the namespace has no route to it',
  'connect EAGAIN': 'the listener has too many connections waiting',
};

export function socketHint(syscall: string, code: string): string | undefined {
  const hint = hints[`${syscall} ${code}`];
  return typeof hint === 'function' ? hint() : hint;
}

function privilegedPortHint(): string {
  const name = 'net.ipv4.ip_unprivileged_port_start';
  const from = readFileSync(`/proc/sys/${name.replaceAll('.', '/')}`, 'utf8').trim();
  return `ports below ${from} need root outside (sysctl ${name}); inside a namespace of your own they do not`;
}
