/** A flow that a hook sends elsewhere: to an address, a name, or a Unix socket. */
import { FileDescriptor, unixAddress } from '../../sockets/index.js';
import { call, kernel } from '../../native/index.js';
import { AF_UNIX, emitSocketAddress, parseIp, type SocketAddress } from '../../wire/index.js';
import type { Decision, FlowRequest } from '../decision.js';
import type { RedirectTarget, RejectReason } from '../flow.js';
import { refuse } from './refusals.js';

const SOCK_STREAM = 1;

/** Throws for a target that cannot be. A promise for a name, which is looked up. */
export function redirected(request: FlowRequest, to: RedirectTarget): Decision | Promise<Decision> {
  const { protocol, ends } = request;
  if ('path' in to) {
    if (protocol !== 'tcp') throw new TypeError('only a TCP flow can go to a Unix socket');
    return unixStream(to.path, request);
  }
  const { host, port = ends.remotePort } = to;
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new RangeError(`a port is a whole number from 0 to 65535, not ${port}`);
  }
  const about = `redirected to ${host.includes(':') ? `[${host}]` : host}:${port}`;
  const address = inetAddress(host, port);
  if (address !== undefined) return { kind: 'connect', to: address, about };
  return lookedUp(host).then((found) => {
    const first = inetAddress(found, port);
    if (first === undefined) throw new Error(`${host} has no address`);
    return { kind: 'connect', to: first, about };
  });
}

export function inetAddress(address: string, port: number): SocketAddress | undefined {
  const bytes = parseIp(address);
  if (bytes === undefined) return undefined;
  return { family: bytes.length === 4 ? 'inet' : 'inet6', address, port };
}

/** As this process sees names, not as the namespace does. */
async function lookedUp(host: string): Promise<string> {
  const { lookup } = await import('node:dns/promises');
  return (await lookup(host)).address;
}

/** EAGAIN: too many wait there already; the SYN comes again. */
const seenInside: Partial<Record<string, RejectReason>> = {
  ENOENT: 'refused',
  ECONNREFUSED: 'refused',
  EAGAIN: 'timeout',
};

function unixStream(path: string, { ends }: FlowRequest): Decision {
  const address = emitSocketAddress(unixAddress(path));
  const type = SOCK_STREAM | kernel.O_CLOEXEC | kernel.O_NONBLOCK;
  const context = { step: `connect to ${path}`, path };
  const descriptor = new FileDescriptor(call(context, 'socket', AF_UNIX, type, 0));
  try {
    call(context, 'connect', descriptor.fd, address, address.length);
    return { kind: 'stream', descriptor, about: `redirected to ${shownPath(path)}` };
  } catch (error) {
    descriptor[Symbol.dispose]();
    const reason = seenInside[(error as { code: string }).code];
    if (reason === undefined) throw error;
    return refuse(reason, ends.version, `by ${shownPath(path)}`);
  }
}

/** An abstract name begins with a NUL, which is shown as ss(8) does. */
function shownPath(path: string): string {
  return path.replace(/^\0/, '@');
}
