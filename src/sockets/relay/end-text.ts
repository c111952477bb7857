/**
 * An end of a relay in one word: `lab:tcp:80`, `host:tcp:127.0.0.1:8080`, `lab:udp:[::1]:53`,
 * `lab:unix:/run/x.sock`, `lab:unix:@abstract`. `host` is where the command runs; all else is a
 * name, `system:lab` too.
 */
import { unixAddress } from '../address.js';
import { usage } from '../errors.js';
import { splitHostAndPort } from '../listen-url.js';

export type ParsedEnd = { readonly place: string } & (
  | { readonly protocol: 'tcp' | 'udp'; readonly host?: string; readonly port: number }
  | { readonly path: string }
);

/** Throws ERR_USAGE. A relative path is left as it is. */
export function parseRelayEnd(text: string): ParsedEnd {
  const [, place, kind, rest = ''] = /^(.+?):(tcp|udp|unix):(.*)$/s.exec(text) ?? [];
  if (place === undefined || (kind !== 'tcp' && kind !== 'udp' && kind !== 'unix')) {
    throw usage(
      `${JSON.stringify(text)} is no end of a relay`,
      'write NAME:tcp:[HOST:]PORT, NAME:udp:[HOST:]PORT, NAME:unix:/PATH or NAME:unix:@NAME; "host" is the host',
    );
  }
  if (kind === 'unix') {
    const path = rest.startsWith('@') ? `\0${rest.slice(1)}` : rest;
    unixAddress(path);
    return { place, path };
  }
  const { host, port } = splitHostAndPort(rest);
  return { place, protocol: kind, ...(host === undefined ? {} : { host }), port };
}

/** The text that `parseRelayEnd` reads back. */
export function formatRelayEnd(end: ParsedEnd): string {
  if ('path' in end) return `${end.place}:unix:${end.path.replace(/^\0/, '@')}`;
  const { place, protocol, host, port } = end;
  if (host === undefined) return `${place}:${protocol}:${port}`;
  return `${place}:${protocol}:${host.includes(':') ? `[${host}]` : host}:${port}`;
}
