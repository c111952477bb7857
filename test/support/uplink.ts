/** A namespace with an uplink in this process, and what programs inside say. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { packageFolder } from '../../src/index.js';
import {
  createNamespaces,
  type Namespaces,
  type SpawnOptions,
} from '../../src/namespaces/index.js';
import type { FlowEnds } from '../../src/stack/index.js';
import {
  Uplink,
  uplinkPlan,
  type AttachOptions,
  type Decide,
  type Decision,
} from '../../src/uplink/index.js';

export interface Inside extends AsyncDisposable {
  readonly namespaces: Namespaces;
  readonly uplink: Uplink;
  /** Starts a program inside and waits for its end; what it printed. Throws when it failed. */
  output(argv: readonly string[], options?: SpawnOptions): Promise<string>;
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
    output: async (argv, spawnOptions = {}) => {
      const stdio = ['ignore', 'pipe', 'inherit'] as const;
      const child = await namespaces.spawnAsync(argv, { stdio, ...spawnOptions });
      assert.ok(child.stdout);
      const said = await text(child.stdout);
      assert.deepEqual(await child.exit, { exitCode: 0, signal: null }, said);
      return said;
    },
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
