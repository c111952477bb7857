/** A namespace with an uplink in this process, and what programs inside say. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { packageFolder } from '../../src/index.js';
import { Namespaces, createNamespaces } from '../../src/namespaces/index.js';
import type { FlowEnds } from '../../src/stack/index.js';
import {
  Uplink,
  uplinkPlan,
  type AttachOptions,
  type Decide,
  type Decision,
  type UplinkOptions,
} from '../../src/uplink/index.js';
import type { Holdings } from './uplink-process.js';

export interface Inside extends AsyncDisposable {
  readonly namespaces: Namespaces;
  readonly uplink: Uplink;
  /** Starts a program inside and waits for its end; what it printed. Throws when it failed. */
  output(argv: readonly string[]): Promise<string>;
}

/** The gateway's addresses stand for the host's loopback, and nothing else exists. */
export const toLoopback: Decide = ({ protocol, ends }): Decision => {
  const port = protocol === 'echo' ? 0 : ends.remotePort;
  return ends.version === 4
    ? { kind: 'connect', to: { family: 'inet', address: '127.0.0.1', port } }
    : { kind: 'connect', to: { family: 'inet6', address: '::1', port } };
};

export const gateways = { 4: '10.0.2.2', 6: 'fd00::2' } as const;
export type Version = FlowEnds['version'];

export async function makeInside(options: Partial<AttachOptions> = {}): Promise<Inside> {
  const namespaces = await createNamespaces({ kinds: ['user', 'net'] });
  const { ipv4, ipv6 } = uplinkPlan();
  const uplink = await Uplink.attach(namespaces, { decide: toLoopback, ipv4, ipv6, ...options });
  return {
    namespaces,
    uplink,
    output: (argv) => outputOf(namespaces, argv),
    [Symbol.asyncDispose]: async () => {
      await uplink.close();
      await namespaces[Symbol.asyncDispose]();
    },
  };
}

/** A program of test/support, as Python runs it. */
export function python(name: string): string[] {
  return ['python3', join(packageFolder(), 'test/support', name)];
}

/** Runs a program to its end, which must be a good one; what it printed. */
export async function outputOf(
  place: Pick<Namespaces, 'spawnAsync'>,
  argv: readonly string[],
): Promise<string> {
  const child = await place.spawnAsync(argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  assert.ok(child.stdout);
  const said = await text(child.stdout);
  assert.deepEqual(await child.exit, { exitCode: 0, signal: null }, said);
  return said.trim();
}

/** An uplink in a process of its own. */
export interface UplinkProcess extends AsyncDisposable {
  readonly pid: number;
  /** Of the namespace behind it. */
  readonly namespaces: Namespaces;
  output(argv: readonly string[]): Promise<string>;
  holdings(): Promise<Holdings>;
}

const uplinkProgram = fileURLToPath(new URL('./uplink-process.js', import.meta.url));

/** `within`: the namespaces that play the host. `limit`: of open files, as `ulimit -n` sets it. */
export async function startUplink(
  options: UplinkOptions = {},
  within?: Namespaces,
  limit = '20000',
): Promise<UplinkProcess> {
  const node = [process.execPath, '--expose-gc', uplinkProgram, JSON.stringify(options)];
  const argv = ['sh', '-c', 'ulimit -n "$0" && exec "$@"', limit, ...node];
  const place = within ?? new Namespaces([]);
  const child = await place.spawnAsync(argv, { stdio: ['pipe', 'pipe', 'inherit'] });
  assert.ok(child.stdin && child.stdout);
  const { stdin } = child;
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const line = async (): Promise<string> => String((await lines.next()).value);
  const namespaces = Namespaces.ofFiles((await line()).split(' '));
  return {
    pid: child.pid,
    namespaces,
    output: (args) => outputOf(namespaces, args),
    holdings: async () => {
      stdin.write('\n');
      return JSON.parse(await line()) as Holdings;
    },
    [Symbol.asyncDispose]: async () => {
      namespaces[Symbol.dispose]();
      stdin.end();
      assert.deepEqual(await child.exit, { exitCode: 0, signal: null });
    },
  };
}
