/** A named namespace in a runtime directory of its own, and a count of our open files. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { host, namespaces, type OwnedNamedNamespace } from '../../src/index.js';
import { prepareToWatch } from '../../src/native/index.js';

export interface Lab extends AsyncDisposable {
  readonly name: OwnedNamedNamespace;
  /** A folder that goes with it. */
  readonly folder: string;
}

/** To be called before the library first looks for its state directory. */
export async function makeLab(name: string): Promise<Lab> {
  const folder = mkdtempSync(join(process.env['XDG_RUNTIME_DIR'] ?? tmpdir(), 'sockets-'));
  process.env['XDG_RUNTIME_DIR'] = folder;
  const made = await namespaces.add(name);
  // What the process opens once and keeps: the poller, Node's threads, a handle's first use.
  prepareToWatch();
  const listener = await made.listen({ port: 0, host: '127.0.0.1' });
  (await made.connect({ host: '127.0.0.1', port: listener.port ?? 0 })).destroy();
  listener[Symbol.dispose]();
  (await host.datagram()).close();
  await turn();
  const before = openFiles();
  return {
    name: made,
    folder,
    [Symbol.asyncDispose]: async () => {
      await turn();
      assert.deepEqual(openFiles(), before, 'file descriptors before and after');
      await made[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Node closes handles at the end of a turn of its loop. */
export async function turn(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** What each descriptor of this process is, without the numbers that differ each time. */
export function openFiles(): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const file = readlinkSync(`/proc/self/fd/${fd}`);
      return file.startsWith('/proc/') ? [] : [`${fd} ${file}`];
    } catch {
      // The one that readdir itself had open.
      return [];
    }
  });
}

/** The inode of the network namespace, as `readlink /proc/self/ns/net` has it. */
export function ownNetwork(): string {
  return readlinkSync('/proc/self/ns/net');
}
