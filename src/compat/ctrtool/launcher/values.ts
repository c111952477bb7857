/** What the values of the launcher's options say. */
import type {
  IdMap,
  JoinRequest,
  LimitValue,
  NamespaceKind,
  ResourceLimit,
  ResourceLimits,
} from '../../../index.js';
import { resourceLimits } from '../../../index.js';
import { UsageError, parseInt32, parseNumber } from '../usage.js';

/** `inside.outside.count`, several joined by `:`. */
export function parseMap(text: string): IdMap {
  return text.split(':').map((part) => {
    const [, inside, outside, count] = /^(\d+)\.(\d+)\.(\d+)$/.exec(part) ?? [];
    if (count === undefined) {
      throw new UsageError(`${text} is no id map: ranges are inside.outside.count`);
    }
    return { inside: Number(inside), outside: Number(outside), count: Number(count) };
  });
}

const propagations = ['shared', 'slave', 'private', 'unchanged'] as const;

/** A word, or as much of it as tells which. */
export function parsePropagation(text: string): (typeof propagations)[number] {
  const [found, other] = propagations.filter((word) => text !== '' && word.startsWith(text));
  if (found !== undefined && other === undefined) return found;
  const words = propagations.join(', ');
  throw new UsageError(`-R ${text}: it is one of ${words}`);
}

const pairs = { 1: 'stream', 2: 'dgram', 3: 'seqpacket' } as const;

/** 0 is none. */
export function parsePair(text: string): (typeof pairs)[1 | 2 | 3] | undefined {
  if (text === '0') return undefined;
  if (text === '1' || text === '2' || text === '3') return pairs[text];
  throw new UsageError(`-X ${text}: it is 1 (stream), 2 (datagram) or 3 (seqpacket)`);
}

/** As ulimit(1) letters them. */
const letters: Readonly<Record<string, ResourceLimit>> = {
  c: 'core',
  d: 'data',
  e: 'nice',
  f: 'fsize',
  i: 'sigpending',
  l: 'memlock',
  m: 'rss',
  n: 'nofile',
  q: 'msgqueue',
  r: 'rtprio',
  s: 'stack',
  t: 'cpu',
  u: 'nproc',
  v: 'as',
  x: 'locks',
  y: 'rttime',
};

/** `NAME=BOTH`, or `NAME=SOFT:HARD`, either of which may be left out. */
export function parseLimit(text: string): ResourceLimits {
  const [, given = '', soft = '', hard] = /^([^=]*)=([^:]*)(?::(.*))?$/s.exec(text) ?? [];
  const lower = given.toLowerCase();
  const name = letters[lower] ?? lower;
  if (!Object.hasOwn(resourceLimits, name) || (soft === '' && (hard ?? '') === '')) {
    throw new UsageError(`--rlimit ${text}: it is NAME=SOFT:HARD`);
  }
  const value = (part: string): LimitValue | undefined => {
    if (part === '') return undefined;
    return part.toLowerCase() === 'unlimited' ? 'unlimited' : parseNumber('--rlimit', part);
  };
  return { [name]: { soft: value(soft), hard: value(hard ?? soft) } };
}

const kindLetters: Readonly<Record<string, NamespaceKind>> = {
  C: 'cgroup',
  i: 'ipc',
  m: 'mnt',
  n: 'net',
  p: 'pid',
  U: 'user',
  u: 'uts',
};

export function parseKinds(option: string, text: string): NamespaceKind[] {
  return text.split('').map((letter) => {
    const kind = kindLetters[letter];
    if (kind !== undefined) return kind;
    throw new UsageError(`${option} ${text}: namespaces are the letters CimnpUu`);
  });
}

export const PIDFD_VARIABLE = 'CTRTOOL_CONTAINER_LAUNCHER_PID_FD';

/**
 * Letters of namespaces, X to close the descriptor afterwards, then where they are: `:FD`,
 * `-VARIABLE` that holds an fd, `=FILE`, or `/` before the /proc folder of a process.
 */
export function parseJoin(option: string, text: string): JoinRequest {
  const [, given = '', where = '', rest = ''] = /^([A-Za-z]*)([:=/-])(.*)$/s.exec(text) ?? [];
  const kinds = parseKinds(option, given.replaceAll('X', ''));
  const close = given.includes('X');
  switch (where) {
    case ':':
      return { kinds, from: { fd: parseInt32(option, rest), close } };
    case '-':
      return { kinds, from: { fd: descriptorIn(rest === '' ? PIDFD_VARIABLE : rest), close } };
    case '=':
      return { kinds, from: { path: rest } };
    case '/':
      return { kinds, from: { procFolder: rest } };
    default:
      throw new UsageError(
        `${option} ${text}: it is LETTERS, then :FD, -VARIABLE, =FILE or /FOLDER`,
      );
  }
}

export function descriptorIn(variable: string): number {
  const text = process.env[variable];
  if (text !== undefined && /^\d+$/.test(text)) return Number(text);
  throw new UsageError(`the variable ${variable} holds no file descriptor`);
}
