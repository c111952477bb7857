/** For the tests of the package: a checkout of its own, and what npm packs from it. */
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  symlinkSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { nskitPath } from './nskit.js';

const repository = dirname(dirname(nskitPath));
const made = ['.git', 'bin', 'coverage', 'dist', 'node_modules'];

/** A folder that everybody can read, on a real disk. */
export function roomyFolder(): string {
  const folder = mkdtempSync('/var/tmp/nskit-package-');
  chmodSync(folder, 0o755);
  return folder;
}

/** The sources as they are now; what npm ci has fetched, as a link. */
export function checkout(folder: string): string {
  for (const entry of readdirSync(repository)) {
    if (made.includes(entry) || entry.endsWith('.tgz')) continue;
    cpSync(join(repository, entry), join(folder, entry), { recursive: true });
  }
  symlinkSync(realpathSync(join(repository, 'node_modules')), join(folder, 'node_modules'));
  return folder;
}

/** A folder for PATH with Node, npm and these programs: nothing else, no compiler above all. */
export function tools(folder: string, programs: readonly string[]): string {
  mkdirSync(folder);
  const node = dirname(process.execPath);
  for (const name of ['node', 'npm', ...programs]) {
    const path = [node, '/usr/local/bin', '/usr/bin', '/bin', '/usr/sbin', '/sbin'].join(':');
    const { stdout } = spawnSync('which', [name], { encoding: 'utf8', env: { PATH: path } });
    symlinkSync(stdout.trim(), join(folder, basename(name)));
  }
  return folder;
}

export interface PackedFile {
  readonly path: string;
  readonly mode: number;
}

export interface Packed {
  readonly tarball: string;
  readonly files: readonly PackedFile[];
}

/** `npm pack`, with no network. */
export function pack(from: string, to: string): Packed {
  mkdirSync(to);
  const args = ['pack', '--offline', '--json', '--pack-destination', to];
  const settings = { cwd: from, encoding: 'utf8', maxBuffer: 2 ** 26 } as const;
  const { status, stdout, stderr } = spawnSync('npm', args, settings);
  if (status !== 0) throw new Error(`npm pack failed: ${stderr}${stdout}`);
  // What the scripts print comes before the answer.
  const answer = /^[[{]\n[^]*/m.exec(stdout)?.[0] ?? '';
  const parsed = JSON.parse(answer) as { filename: string; files: PackedFile[] }[];
  const [packed] = Object.values(parsed);
  if (packed === undefined) throw new Error(`npm pack said: ${stdout}`);
  return { tarball: join(to, packed.filename), files: packed.files };
}
