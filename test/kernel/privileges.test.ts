/** What a spawned program may do: ids, groups, capabilities, secure bits, limits. */
import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import {
  capabilityNames,
  namespaces,
  rootMaps,
  type HeldNamespaces,
  type SpawnOptions,
} from '../../src/index.js';

let held: HeldNamespaces;
before(async () => {
  held = await namespaces.create({ kinds: ['user', 'net'], maps: rootMaps() });
});
after(() => {
  held[Symbol.dispose]();
});

async function status(field: string, options: SpawnOptions): Promise<string> {
  const argv = ['grep', `^${field}:`, '/proc/self/status'];
  const child = held.spawn(argv, { stdio: ['ignore', 'pipe', 'inherit'], ...options });
  const line = await text(child.stdout ?? assert.fail());
  await child.exit;
  return line
    .replace(/^\w+:\s*/, '')
    .trim()
    .replaceAll('\t', ' ');
}

describe('a spawned program', () => {
  test('uid, gid and groups', async () => {
    const privileges = { uid: 5, gid: 6, groups: [7, 8] };
    const child = held.spawn(['sh', '-c', 'id -u; id -g; id -G'], {
      privileges,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    assert.equal(await text(child.stdout ?? assert.fail()), '5\n6\n6 7 8\n');
    await child.exit;
  });

  test('a change of uid leaves this process as it was', () => {
    assert.match(
      readFileSync('/proc/self/status', 'utf8'),
      new RegExp(`^Uid:\\t${process.getuid?.()}\\t`, 'm'),
    );
    // Marked as not to be dumped, it would be root's.
    assert.equal(statSync('/proc/self/environ').uid, process.getuid?.());
  });

  test('capabilities: the ambient set for another user than 0', async () => {
    const privileges = {
      uid: 5,
      inheritable: ['CAP_NET_RAW', 'CAP_NET_ADMIN'],
      ambient: ['CAP_NET_RAW'],
    } as const;
    assert.equal(await status('CapEff', { privileges }), '0000000000002000');
    assert.equal(await status('CapInh', { privileges }), '0000000000003000');
    assert.equal(await status('CapEff', { privileges: { uid: 5 } }), '0000000000000000');
    const all = { uid: 5, inheritable: 'permitted', ambient: 'inheritable' } as const;
    assert.equal(await status('CapAmb', { privileges: all }), await status('CapPrm', {}));
  });

  test('the bounding set, by names and by bits', async () => {
    assert.equal(
      await status('CapBnd', { privileges: { bounding: ['CAP_CHOWN'] } }),
      '0000000000000001',
    );
    assert.equal(await status('CapPrm', { privileges: { bounding: 0x3000n } }), '0000000000003000');
    assert.equal(await status('CapPrm', { privileges: { bounding: [] } }), '0000000000000000');
  });

  test('secure bits and no new privileges', async () => {
    const noroot = { securebits: ['noroot', 'noroot_locked'] } as const;
    assert.equal(await status('CapPrm', { privileges: noroot }), '0000000000000000');
    assert.equal(await status('NoNewPrivs', { privileges: { noNewPrivileges: true } }), '1');
    assert.throws(
      () => held.spawn(['true'], { privileges: { securebits: ['root' as 'noroot'] } }),
      { code: 'ERR_USAGE' },
    );
  });

  test('limits', async () => {
    const limits = { nofile: { soft: 30, hard: 40 }, core: 0, cpu: 'unlimited' } as const;
    const child = held.spawn(['sh', '-c', 'ulimit -Sn; ulimit -Hn; ulimit -c; ulimit -t'], {
      limits,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    assert.equal(await text(child.stdout ?? assert.fail()), '30\n40\n0\nunlimited\n');
    await child.exit;
    assert.throws(() => held.spawn(['true'], { limits: { nofile: -1 } }), { code: 'ERR_USAGE' });
    assert.throws(() => held.spawn(['true'], { limits: { files: 1 } as never }), {
      code: 'ERR_USAGE',
    });
  });
});

test('the kernel has no capability that has no name here', () => {
  const last = Number(readFileSync('/proc/sys/kernel/cap_last_cap', 'utf8'));
  assert.ok(capabilityNames.length > last);
});
