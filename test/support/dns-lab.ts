/** The DNS server of an uplink with files and servers of a test's, and dig to ask it. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { promisify } from 'node:util';
import { Dns, type DnsOptions } from '../../src/uplink/dns/index.js';
import { serveConnections, serveDatagrams } from './dns-front.js';
import { bindBoth, nameServer, saying, type Behaviour, type NameServer } from './dns-server.js';
import { openFiles, turn } from './lab.js';

/** Below those that the kernel gives out; nobody listens on it. */
const UNUSED_PORT = 5300;

export interface DnsLab extends AsyncDisposable {
  readonly dns: Dns;
  /** In the order of resolv.conf. */
  readonly servers: readonly NameServer[];
  readonly folder: string;
  /** Where the DNS server of the uplink can be asked, by UDP and TCP, at 127.0.0.1. */
  readonly port: number;
  /** Writes a resolv.conf with these servers; settles when it has been read. */
  setServers(...servers: readonly string[]): Promise<void>;
  /** Does something to resolv.conf; settles when it has been read. */
  changed(change: () => void): Promise<void>;
}

export interface DnsLabOptions extends Partial<DnsOptions> {
  /** Of servers at 127.53.0.1, 127.53.0.2, ...; they listen on one port. */
  readonly servers?: readonly Behaviour[];
  /** More lines of resolv.conf. */
  readonly resolvConf?: string;
  readonly hosts?: string;
}

export const settings = {
  ipv4: {
    ...{ network: Uint8Array.of(10, 0, 2, 0), prefixLength: 24 },
    ...{ gateway: Uint8Array.of(10, 0, 2, 2), dns: Uint8Array.of(10, 0, 2, 3) },
    guest: Uint8Array.of(10, 0, 2, 100),
  },
};

export async function makeDnsLab(options: DnsLabOptions = {}): Promise<DnsLab> {
  const { servers: behaviours = [], resolvConf = '', hosts = '', ...more } = options;
  const folder = mkdtempSync(join(tmpdir(), 'nskit-dns-'));
  const servers = await nameServers(behaviours);
  const file = (...addresses: readonly string[]): string =>
    addresses.map((address) => `nameserver ${address}\n`).join('') + resolvConf;
  const resolvConfPath = join(folder, 'resolv.conf');
  writeFileSync(resolvConfPath, file(...servers.map(({ address }) => address)));
  writeFileSync(join(folder, 'hosts'), hosts);
  const changed = async (change: () => void): Promise<void> => {
    const read = new Promise<void>((resolve) => (onRead = resolve));
    change();
    await read;
  };
  let onRead = (): void => undefined;
  const dns = new Dns({
    ...{ settings, resolvConfPath, hostsPath: join(folder, 'hosts') },
    serverPort: servers[0]?.port ?? UNUSED_PORT,
    ...more,
  });
  dns.onResolvConf(() => onRead());
  const front = await bindBoth('127.0.0.1', 0);
  const connections = new Set<Socket>();
  front.tcp.on('connection', (one) => {
    connections.add(one);
    one.on('close', () => connections.delete(one));
  });
  serveDatagrams(dns, front.udp);
  serveConnections(dns, front.tcp);
  return {
    ...{ dns, servers, folder, port: front.udp.address().port },
    changed,
    setServers: async (...addresses) => {
      await changed(() => writeFileSync(resolvConfPath, file(...addresses)));
    },
    [Symbol.asyncDispose]: async () => {
      for (const connection of connections) connection.destroy();
      front.udp.close();
      await closed(front.tcp);
      dns[Symbol.dispose]();
      for (const server of servers) await server[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  };
}

async function nameServers(behaviours: readonly Behaviour[]): Promise<NameServer[]> {
  const servers: NameServer[] = [];
  for (const [i, behave] of behaviours.entries()) {
    const port = servers[0]?.port ?? 0;
    servers.push(await nameServer(`127.53.0.${i + 1}`, { port, behave }));
  }
  return servers;
}

async function closed(server: Server): Promise<void> {
  server.close();
  await once(server, 'close');
}

/** Hooks around all tests of a file: nothing stays open. */
export function checkOpenFiles(): void {
  let filesBefore: string[] = [];
  before(async () => {
    // What the process opens once and keeps.
    await useAll();
    await turn();
    filesBefore = openFiles();
  });
  after(async () => {
    await turn();
    assert.deepEqual(openFiles(), filesBefore, 'file descriptors before and after');
  });
}

async function useAll(): Promise<void> {
  await using lab = await makeDnsLab({ servers: [saying('192.0.2.1')] });
  await dig(lab, 'warm.test');
  await dig(lab, '+tcp', 'warm.test');
}

const execute = promisify(execFile);

/** What a program writes; it must end well. Our servers, in this process, go on meanwhile. */
export async function output(file: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await execute(file, args, { timeout: 60_000 });
  return stdout;
}

/** `dig` at the uplink's DNS server; one try of ten seconds. */
export async function dig({ port }: DnsLab, ...args: readonly string[]): Promise<string> {
  return await output('dig', '@127.0.0.1', '-p', `${port}`, '+tries=1', '+timeout=10', ...args);
}

/** The data of the answer's records, a line each. */
export async function digShort(lab: DnsLab, ...args: readonly string[]): Promise<string[]> {
  return (await dig(lab, '+short', ...args)).split('\n').filter((line) => line !== '');
}

/** `NOERROR`, and the flags. */
export async function digStatus(lab: DnsLab, ...args: readonly string[]): Promise<string[]> {
  const said = await dig(lab, ...args);
  const [, status = ''] = /status: (\w+)/.exec(said) ?? [];
  const [, flags = ''] = /flags: ([^;]*);/.exec(said) ?? [];
  return [status, ...flags.trim().split(' ')];
}
