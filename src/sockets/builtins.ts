/**
 * Node's larger modules, loaded when they are first used: importing nskit, and every command that
 * needs none of them, stays as fast as it was (they take longer to load than all our code).
 */
import type * as Dgram from 'node:dgram';
import type * as Dns from 'node:dns/promises';
import type * as Http from 'node:http';
import type * as Https from 'node:https';
import { createRequire } from 'node:module';
import type * as Tls from 'node:tls';

const load = createRequire(import.meta.url);

export const builtins = {
  dgram: () => load('node:dgram') as typeof Dgram,
  dns: () => load('node:dns/promises') as typeof Dns,
  http: () => load('node:http') as typeof Http,
  https: () => load('node:https') as typeof Https,
  tls: () => load('node:tls') as typeof Tls,
};
