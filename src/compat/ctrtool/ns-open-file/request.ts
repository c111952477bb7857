/** One request of ns_open_file: what is opened, where, and what becomes of it. */
import { constants } from 'node:fs';
import type {
  ResolveFlag,
  SocketAddress,
  SocketDomain,
  SocketOptions,
  SocketType,
} from '../../../index.js';

export type RequestLetter = 'm' | 'n' | 'T' | 'f';

export interface Request {
  readonly letter: RequestLetter;
  /** `-N`; or a register that holds an open namespace. */
  namespace?: string | { readonly register: number };
  joinsOwner: boolean;
  anonymous: boolean;
  domain: SocketDomain;
  type: SocketType;
  nonBlocking: boolean;
  protocol: number;
  bind?: SocketAddress;
  /** The interface that is the scope of a bound IPv6 address. */
  scope?: string;
  options: SocketOptions;
  backlog: number;
  path?: string;
  /** -O, -R, -2 or -P was given: nothing is added to the flags then. */
  saysHow: boolean;
  flags: number;
  mode: number;
  readonly resolve: ResolveFlag[];
  /** Where a relative path begins: a descriptor, or the register that holds one. */
  at?: number | { readonly register: number };
  storesIn?: number;
  /** Close-on-exec, and its variable is -1. */
  isHidden: boolean;
}

export function freshRequest(letter: RequestLetter): Request {
  return {
    letter,
    ...{ joinsOwner: false, anonymous: false, saysHow: false, isHidden: false },
    ...{ domain: 'inet6', type: 'stream', nonBlocking: false, protocol: 0, options: {} },
    ...{ backlog: 0, flags: 0, mode: 0o600, resolve: [] },
  };
}

/** The root directory, as something to begin paths at. */
export const ROOT_FLAGS = constants.O_RDONLY | constants.O_DIRECTORY | 0o10000000;
