/** Where a socket is bound: `ADDR,PORT[,FLAGS[,SCOPE]]`, or a Unix path. */
import { socketOpening, type SocketAddress, type SocketOptions } from '../../../index.js';
import { UsageError, parseInt32 } from '../usage.js';
import type { Request } from './request.js';

const flags: Readonly<Record<string, SocketOptions>> = {
  a: { reuseAddress: true },
  p: { reusePort: true },
  f: { freebind: true },
  t: { transparent: true },
  d: { deferAccept: true },
  o: { ipv6Only: true },
  O: { ipv6Only: false },
  e: { noDelay: true },
};

/** The scope of the address is a number instead of an interface's name. */
const NUMERIC_SCOPE = 'I';
const IGNORED = ':';

export function bindInet(request: Request, family: 'inet' | 'inet6', text: string): void {
  const [address, port, letters = '', scope] = text.split(',').filter((part) => part !== '');
  if (address === undefined || port === undefined || !/^\d+$/.test(port)) throw invalid(text);
  request.options = { ...request.options, ...optionsOf(text, letters) };
  const bind = { family, address, port: Number(port) };
  request.bind = bind;
  if (family === 'inet6' && letters.includes(NUMERIC_SCOPE)) {
    if (scope === undefined) throw invalid(text);
    request.bind = { ...bind, family, scopeId: parseInt32('the scope', scope) };
  } else if (family === 'inet6' && scope !== undefined) {
    request.scope = scope;
  }
  if (!isEncodable(request.bind)) throw invalid(text);
}

function optionsOf(text: string, letters: string): SocketOptions {
  let options: SocketOptions = {};
  for (const letter of letters) {
    if (letter === NUMERIC_SCOPE || letter === IGNORED) continue;
    const option = flags[letter];
    if (option === undefined) throw new UsageError(`${text}: no address has a flag ${letter}`);
    options = { ...options, ...option };
  }
  return options;
}

function invalid(text: string): UsageError {
  return new UsageError(`${text} is no address: it is ADDRESS,PORT[,FLAGS[,SCOPE]]`);
}

/** With a `@` in front an abstract name. */
export function bindUnix(request: Request, path: string): void {
  request.bind = path.startsWith('@')
    ? { family: 'unix', abstract: new TextEncoder().encode(path.slice(1)) }
    : { family: 'unix', path };
  if (!isEncodable(request.bind)) {
    throw new UsageError(`${path} is no path for a Unix socket: 1 to 107 bytes`);
  }
}

function isEncodable(bind: SocketAddress | undefined): boolean {
  try {
    socketOpening({ domain: 'unix', type: 'stream', bind });
    return true;
  } catch {
    return false;
  }
}
