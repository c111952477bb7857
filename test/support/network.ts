/** Named namespaces for netlink tests, and what the real `ip` says inside them. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { namespaces, type NamedNamespace, type OwnedNamedNamespace } from '../../src/index.js';

export interface Pair extends AsyncDisposable {
  readonly a: OwnedNamedNamespace;
  readonly b: OwnedNamedNamespace;
}

/** Two names in a runtime directory of their own. To be called before anything else of nskit. */
export async function makePair(): Promise<Pair> {
  const folder = mkdtempSync(join(process.env['XDG_RUNTIME_DIR'] ?? tmpdir(), 'netlink-'));
  process.env['XDG_RUNTIME_DIR'] = folder;
  const [a, b] = [await namespaces.add('a'), await namespaces.add('b')];
  return {
    a,
    b,
    [Symbol.asyncDispose]: async () => {
      await a[Symbol.asyncDispose]();
      await b[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What a program inside writes; it must end well. */
export async function output(name: NamedNamespace, ...argv: string[]): Promise<string> {
  const child = name.spawn(argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  assert.ok(child.stdout);
  const said = await text(child.stdout);
  assert.deepEqual(await child.exit, { exitCode: 0, signal: null });
  return said;
}

export type Listed = Record<string, unknown>;

/** `ip -json ...` inside. iproute2 prints empty objects for what it filtered out. */
export async function ip(name: NamedNamespace, ...words: string[]): Promise<Listed[]> {
  const said = await output(name, 'ip', '-json', ...words);
  const listed = said.trim() === '' ? [] : (JSON.parse(said) as Listed[]);
  return listed.filter((one) => Object.keys(one).length > 0);
}

/** Leaves nothing but loopback in a namespace. */
export async function clean(name: NamedNamespace): Promise<void> {
  for (const { name: device } of await name.links.list()) {
    // Of a veth the other end may be here too, and gone already.
    if (device !== 'lo') await name.links.delete(device).catch(isGone);
  }
}

function isGone(error: unknown): void {
  if ((error as { code?: unknown }).code !== 'ENODEV') throw error;
}
