/** Thousands of relayed connections at once, and a relay without a descriptor left. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import type { Readable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { host, relay, type Child, type RelayCounters } from '../../src/index.js';
import { makeLab, openFiles, turn, type Lab } from '../support/lab.js';
import { run } from '../support/nskit.js';

const load = fileURLToPath(new URL('../support/relay-load.js', import.meta.url));
const limited = fileURLToPath(new URL('../support/relay-process.js', import.meta.url));

let lab: Lab;
let server: Child;
let target: number;
before(async () => {
  lab = await makeLab('relayload');
  server = lab.name.spawn([process.execPath, load, 'serve'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  target = Number(await line(lines(server.stdout)));
});
after(async () => {
  server.kill('SIGKILL');
  await server.exit;
  server.stdout?.destroy();
  await lab[Symbol.asyncDispose]();
});

function lines(from: Readable | null): Interface {
  return createInterface(from ?? assert.fail());
}

async function line(from: Interface): Promise<string> {
  const ended = once(from, 'close').then(() => assert.fail('it ended early'));
  const [said] = (await Promise.race([once(from, 'line'), ended])) as [string];
  return said;
}

/** Clients in a process of their own; `check` sends through each, and says what came back. */
async function clients(port: number, count: number) {
  const child = spawn(process.execPath, [load, 'connect', String(port), String(count)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const said = lines(child.stdout);
  const opened = await line(said);
  return {
    opened,
    check: async (): Promise<string> => {
      child.stdin.write('\n');
      return await line(said);
    },
    end: async (): Promise<void> => {
      child.stdin.end();
      await once(child, 'close');
    },
  };
}

test('5,000 connections, each with checksums of its own', async () => {
  const before = openFiles();
  await using made = await relay({
    from: { in: host, host: '127.0.0.1', port: 0 },
    to: { in: lab.name, host: '127.0.0.1', port: target },
  });
  const { opened, check, end } = await clients((made.address as { port: number }).port, 5000);
  assert.equal(opened, 'open 5000 failed 0');
  assert.equal(made.counters.open, 5000);
  assert.equal(await check(), 'intact 5000');
  assert.equal(await check(), 'intact 5000');
  await end();
  await made.close();
  const bytes = 5000 * (1 + 2 * 16_384);
  assert.deepEqual(made.counters, {
    ...{ open: 0, total: 5000, refused: 0 },
    ...{ bytesToTarget: bytes, bytesToClient: bytes },
  });
  await turn();
  assert.deepEqual(openFiles(), before);
});

describe('a relay with no descriptor left', () => {
  /** A relay in a process that may have only so many files open. */
  async function start(files: number) {
    const argv = [limited, lab.name.name, String(target)];
    const child = spawn(process.execPath, argv, { stdio: ['pipe', 'pipe', 'inherit'] });
    const said = lines(child.stdout);
    const port = Number(await line(said));
    // Not before, because Node opens many files at once while it loads.
    run('prlimit', ['--pid', String(child.pid), `--nofile=${files}:${files}`]);
    return {
      port,
      counters: async (): Promise<RelayCounters> => {
        child.stdin.write('\n');
        return JSON.parse(await line(said)) as RelayCounters;
      },
      end: async (): Promise<void> => {
        child.stdin.end();
        const [status] = (await once(child, 'close')) as [number];
        assert.equal(status, 0);
      },
    };
  }

  test('refuses new connections; old ones live, and later there are new ones', async () => {
    const { port, counters, end } = await start(120);
    const first = await clients(port, 20);
    assert.equal(first.opened, 'open 20 failed 0');
    const many = await clients(port, 200);
    const [, open = 0, failed = 0] =
      /^open (\d+) failed (\d+)$/.exec(many.opened)?.map(Number) ?? [];
    assert.equal(open + failed, 200);
    assert.ok(open > 0 && failed > 0, many.opened);
    const { refused, total } = await counters();
    assert.deepEqual([refused, total], [failed, 220]);
    assert.equal(await first.check(), 'intact 20');
    assert.equal(await many.check(), `intact ${open}`);
    await many.end();
    const more = await clients(port, 10);
    assert.equal(more.opened, 'open 10 failed 0');
    assert.equal(await more.check(), 'intact 10');
    for (const each of [first, more]) await each.end();
    await end();
  });
});
