/** ns_open_file's command line: requests, each followed by the options that belong to it. */
import { constants, openSync } from 'node:fs';
import type { ResolveFlag, SocketType } from '../../../index.js';
import { Getopt, type Grammar } from '../../getopt.js';
import { UsageError, parseChoice, parseMode, parseNumber } from '../usage.js';
import { bindInet, bindUnix } from './address.js';
import { freshRequest, type Request, type RequestLetter } from './request.js';

const grammar: Grammar = {
  short: 'mnTUM:N:d:t:p:l:4:6:fo:A2O:R:P:L:s:i:',
  stopsAtOperand: true,
};

const REGISTERS = 8;

export interface CommandLine {
  readonly requests: readonly Request[];
  readonly command: readonly string[];
  /** The first number in a variable's name. */
  readonly firstNumber: bigint;
  readonly registers: (number | undefined)[];
  /** The tun and tap device. */
  readonly device: string;
}

/** What is not part of any request. */
interface Common {
  firstNumber: bigint;
  device: string;
  readonly registers: (number | undefined)[];
}

export function readCommandLine(name: string, args: readonly string[]): CommandLine {
  const requests: Request[] = [];
  const common: Common = { firstNumber: 0n, device: '/dev/net/tun', registers: [] };
  const options = new Getopt(name, args, grammar);
  for (const { option, value } of options) {
    if ('mnTf'.includes(option)) requests.push(freshRequest(option as RequestLetter));
    else if (option === 'o') common.firstNumber = parseNumber('-o', value);
    else if (option === 'L') load(common, value, requests.length > 0);
    else applyOption(requests.at(-1), common, { option, value });
  }
  if (options.operands.length === 0) throw new UsageError(`${name}: no program to run`);
  return { requests, command: options.operands, ...common };
}

function applyOption(
  request: Request | undefined,
  common: Common,
  { option, value }: { readonly option: string; readonly value: string },
): void {
  if (request === undefined) {
    throw new UsageError(`-${option} may not be used before -m, -n, -T, or -f`);
  }
  const only = onlyFor[option];
  if (only !== undefined && !only.includes(request.letter)) {
    const letters = only
      .split('')
      .map((letter) => `-${letter}`)
      .join(' or ');
    throw new UsageError(`-${option} may only be used with ${letters}`);
  }
  if (option === 'M' && request.letter === 'T') common.device = value;
  else settings[option]?.(request, value);
}

const onlyFor: Readonly<Record<string, string>> = {
  A: 'n',
  d: 'mn',
  t: 'n',
  p: 'n',
  l: 'n',
  '4': 'n',
  '6': 'n',
  P: 'mn',
  O: 'm',
  R: 'm',
  '2': 'm',
  M: 'mT',
};

const settings: Readonly<Record<string, (request: Request, value: string) => void>> = {
  N: (request, value) => (request.namespace = value),
  U: (request) => (request.joinsOwner = true),
  A: (request) => (request.anonymous = true),
  d: setDomain,
  t: (request, value) => {
    const [type, nonBlocking] = splitType(value);
    request.type = type;
    request.nonBlocking = nonBlocking;
  },
  p: (request, value) => (request.protocol = parseChoice('-p', value, protocols)),
  l: (request, value) => (request.backlog = parseBacklog(value)),
  '4': (request, value) => {
    mustBeUnbound(request, '4');
    bindInet(request, 'inet', value);
  },
  '6': (request, value) => {
    mustBeUnbound(request, '6');
    bindInet(request, 'inet6', value);
  },
  P: setPath,
  O: (request, value) => {
    request.flags |= parseChoice('-O', value, openFlags);
    request.saysHow = true;
  },
  M: (request, value) => (request.mode = parseMode(value)),
  '2': (request) => (request.saysHow = true),
  R: (request, value) => {
    if (!Object.hasOwn(resolves, value)) {
      const names = Object.keys(resolves).join(', ');
      throw new UsageError(`-R ${value}: it is one of ${names}`);
    }
    request.resolve.push(...(resolves[value] ?? []));
    request.saysHow = true;
  },
  s: storeIn,
  i: takeFrom,
};

const domains = {
  inet: 'inet',
  inet6: 'inet6',
  netlink: 'netlink',
  packet: 'packet',
  unix: 'unix',
  vsock: 'vsock',
} as const;

const protocols = { icmp: 1, ip: 0, ipv6: 41, tcp: 6, udp: 17 } as const;

const types = {
  stream: 'stream',
  tcp: 'stream',
  dgram: 'dgram',
  udp: 'dgram',
  raw: 'raw',
  seqpacket: 'seqpacket',
} as const;

function parseBacklog(text: string): number {
  const number = parseNumber('-l', text);
  if (number <= 0x7fff_ffffn) return Number(number);
  throw new UsageError(`-l ${text}: the number is too large`);
}

function splitType(text: string): [SocketType, nonBlocking: boolean] {
  const [, name = text, suffix] = /^(.*?)(_nb)?$/s.exec(text) ?? [];
  return [parseChoice('-t', name, types), suffix !== undefined];
}

/** Of -m: the directory that a relative path begins at. */
function setDomain(request: Request, value: string): void {
  if (request.letter === 'n') request.domain = parseChoice('-d', value, domains);
  else if (value !== 'cwd') request.at = descriptorOf('-d', value);
}

function setPath(request: Request, value: string): void {
  if (request.letter === 'm') {
    request.path = value;
    request.saysHow = true;
  } else {
    mustBeUnbound(request, 'P');
    bindUnix(request, value);
  }
}

function mustBeUnbound({ bind }: Request, option: string): void {
  if (bind !== undefined) throw new UsageError(`-${option}: this request is bound already`);
}

const openFlags: Readonly<Record<string, number>> = {
  append: constants.O_APPEND,
  async: 0o20000,
  creat: constants.O_CREAT,
  create: constants.O_CREAT,
  direct: constants.O_DIRECT,
  directory: constants.O_DIRECTORY,
  dsync: constants.O_DSYNC,
  excl: constants.O_EXCL,
  noatime: constants.O_NOATIME,
  noctty: constants.O_NOCTTY,
  nofollow: constants.O_NOFOLLOW,
  nonblock: constants.O_NONBLOCK,
  path: 0o10000000,
  rdonly: constants.O_RDONLY,
  rdwr: constants.O_RDWR,
  sync: constants.O_SYNC,
  tmpfile: 0o20000000 | constants.O_DIRECTORY,
  trunc: constants.O_TRUNC,
  wronly: constants.O_WRONLY,
};

const resolves: Readonly<Record<string, readonly ResolveFlag[]>> = {
  beneath: ['beneath', 'no-magiclinks'],
  beneath_magiclinks: ['beneath'],
  in_root: ['in-root', 'no-magiclinks'],
  in_root_magiclinks: ['in-root'],
  no_magiclinks: ['no-magiclinks'],
  no_symlinks: ['no-symlinks'],
  no_xdev: ['no-xdev'],
};

/** `R,SPEC`: only before the first request, which may use it. */
function load({ registers }: Common, text: string, isLate: boolean): void {
  if (isLate) throw new UsageError('-L comes before the first request');
  const [, register = '', spec] = /^([^,]*)(?:,(.*))?$/s.exec(text) ?? [];
  if (spec === undefined) throw new UsageError(`-L ${text}: it is REGISTER,SPEC`);
  registers[registerOf(register)] = descriptorOf('-L', spec);
}

function registerOf(text: string): number {
  if (/^\d+$/.test(text) && Number(text) < REGISTERS) return Number(text);
  throw new UsageError(`there is no register ${text}, only 0 to ${REGISTERS - 1}`);
}

/** `R[,FLAGS]`: the register, and each flag. */
function registerWith(option: string, text: string, allowed: string): [number, string] {
  const [, register = '', letters = ''] = /^([^,]*)(?:,(.*))?$/s.exec(text) ?? [];
  const bad = letters.split('').find((letter) => !allowed.includes(letter));
  if (bad !== undefined) throw new UsageError(`-${option} has no flag ${bad}`);
  return [registerOf(register), letters];
}

function storeIn(request: Request, value: string): void {
  if (request.storesIn !== undefined) throw new UsageError('-s: one register for each request');
  const [register, letters] = registerWith('s', value, 'i');
  request.storesIn = register;
  request.isHidden = letters.includes('i');
}

/** The last of the letters counts; a namespace when there is none. */
function takeFrom(request: Request, value: string): void {
  if (typeof request.namespace === 'object' || typeof request.at === 'object') {
    throw new UsageError('-i: one register for each request');
  }
  const [register, letters] = registerWith('i', value, 'dn');
  if (letters.endsWith('d')) request.at = { register };
  else request.namespace = { register };
}

/** A number, `:VARIABLE` that holds one, or a path that is opened. */
function descriptorOf(option: string, text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  const [, variable] = /^:(.+)$/s.exec(text) ?? [];
  if (variable === undefined) return openPath(option, text);
  const value = process.env[variable];
  if (value !== undefined && /^\d+$/.test(value)) return Number(value);
  throw new UsageError(`${option} ${text}: the variable ${variable} holds no file descriptor`);
}

function openPath(option: string, path: string): number {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch (error) {
    throw new UsageError(`${option} ${path}: ${(error as Error).message}`);
  }
}
