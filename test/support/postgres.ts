/** Debian's PostgreSQL: a cluster in a folder of its own, on a Unix socket of the file system only. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Child } from '../../src/index.js';
import { run } from './nskit.js';

const versions = '/usr/lib/postgresql';

/** The folder of its programs; undefined where it is not installed. */
export function postgresFolder(): string | undefined {
  if (!existsSync(versions)) return undefined;
  const folders = readdirSync(versions).map((version) => join(versions, version, 'bin'));
  return folders.find((folder) => existsSync(join(folder, 'initdb')));
}

export interface Cluster {
  /** Everything is below it; others may go through it. */
  readonly folder: string;
  readonly data: string;
  /** Where the socket is. */
  readonly sockets: string;
}

/** Whoever connects must be, by the uid of its process, the role that it asks for. */
export function makeCluster(programs: string, owner: string): Cluster {
  const folder = mkdtempSync(join(tmpdir(), 'nskit-database-'));
  chmodSync(folder, 0o711);
  const [data, sockets] = [join(folder, 'data'), join(folder, 'sockets')];
  mkdirSync(sockets);
  chmodSync(sockets, 0o711);
  const options = ['--auth=peer', '--locale=C', '--encoding=UTF8', '--no-sync'];
  const { status, stderr } = run(join(programs, 'initdb'), [
    ...options,
    ...['-U', owner, '-D', data],
  ]);
  assert.equal(status, 0, stderr);
  return { folder, data, sockets };
}

export function serverArguments(programs: string, { data, sockets }: Cluster): string[] {
  const settings = [
    'listen_addresses=',
    `unix_socket_directories=${sockets}`,
    'log_connections=on',
    'fsync=off',
  ];
  return [
    ...[join(programs, 'postgres'), '-D', data],
    ...settings.flatMap((setting) => ['-c', setting]),
  ];
}

/** A server whose log comes through a pipe on stderr. */
export class Server {
  readonly #child: Child;
  #log = '';

  constructor(child: Child) {
    this.#child = child;
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#log += text));
  }

  /** Waits until this is in the log, from its beginning on. */
  async logs(pattern: RegExp): Promise<void> {
    const stream = this.#child.stderr ?? assert.fail();
    while (!pattern.test(this.#log)) {
      const ended = await Promise.race([
        once(stream, 'data').then(() => false),
        once(stream, 'end').then(() => true),
      ]);
      if (ended) throw new Error(`the server ended without ${String(pattern)}: ${this.#log}`);
    }
  }

  /** Without waiting for its clients. */
  async stop(): Promise<void> {
    this.#child.kill(constants.signals.SIGINT);
    assert.equal((await this.#child.exit).exitCode, 0, this.#log);
  }
}
