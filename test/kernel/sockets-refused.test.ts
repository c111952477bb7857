/** Bad input: each is an error that says what is wrong, and leaves nothing open. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import {
  host,
  listenerOpening,
  namespaces,
  type NamedNamespace,
  type TcpListenOptions,
} from '../../src/index.js';
import { kernel, tryCall } from '../../src/native/index.js';
import { makeLab, openFiles, turn, type Lab } from '../support/lab.js';

let lab: Lab;
let inside: NamedNamespace;
before(async () => {
  lab = await makeLab('refused');
  inside = lab.name;
});
after(async () => {
  await lab[Symbol.asyncDispose]();
});

let opened: string[];
beforeEach(() => {
  opened = openFiles();
});
afterEach(async () => {
  await turn();
  assert.deepEqual(openFiles(), opened);
});

describe('a tap', () => {
  test('where there is no device for it', async () => {
    await assert.rejects(inside.tap('tap0', { device: join(lab.folder, 'tun') }), {
      code: 'ENOENT',
      hint: /modprobe tun.*--device/,
    });
  });

  test('whose device one may not open', async () => {
    await assert.rejects(inside.tap('tap0', { device: '/etc/shadow' }), {
      code: 'EACCES',
      hint: /chmod 666.*--device/,
    });
  });
});

describe('a namespace file', () => {
  test('that is not one', () => {
    const path = join(lab.folder, 'plain');
    writeFileSync(path, '');
    assert.throws(() => namespaces.ofFiles([path]), { code: 'ERR_NOT_A_NAMESPACE' });
  });

  test('of the wrong kind', async () => {
    await using held = await namespaces.create({ kinds: ['user', 'uts'] });
    await assert.rejects(held.listen({ port: 80 }), { code: 'ERR_WRONG_KIND' });
    await assert.rejects(held.connect({ port: 80 }), { code: 'ERR_WRONG_KIND' });
    await assert.rejects(held.datagram(), { code: 'ERR_WRONG_KIND' });
    await assert.rejects(held.tap('tap0'), { code: 'ERR_WRONG_KIND' });
    await assert.rejects(held.openFile('/'), { code: 'ERR_WRONG_KIND' });
  });

  test('of somebody else’s process cannot even be opened', () => {
    assert.throws(() => namespaces.ofProcess(1, ['net']), { code: 'EACCES' });
  });

  test('without its owner is refused: what ctrtool does without -U', async () => {
    using held = namespaces.ofFiles([inside.path]);
    await assert.rejects(held.openAll([listenerOpening({ port: 80 })], { joinOwner: false }), {
      code: 'EPERM',
      syscall: 'setns',
    });
  });

  test('a name that is gone', async () => {
    const gone = await namespaces.add('gone');
    await gone.delete();
    await assert.rejects(gone.listen({ port: 80 }), { code: 'ERR_NAME_UNKNOWN' });
  });
});

describe('an address', () => {
  test('in use', async () => {
    using first = await inside.listen({ port: 80 });
    await assert.rejects(inside.listen({ port: 80 }), {
      code: 'EADDRINUSE',
      syscall: 'bind',
      address: '::',
      port: 80,
    });
    assert.equal(first.port, 80);
  });

  test('not available', async () => {
    const where = { host: '192.0.2.1', port: 80 };
    await assert.rejects(inside.listen(where), {
      code: 'EADDRNOTAVAIL',
      address: '192.0.2.1',
      hint: /freebind/,
    });
  });

  test('a privileged port: refused on the host, with the sysctl named; fine inside', async () => {
    const name = 'net.ipv4.ip_unprivileged_port_start';
    assert.equal(readFileSync(`/proc/sys/${name.replaceAll('.', '/')}`, 'utf8'), '1024\n');
    await assert.rejects(host.listen({ port: 80 }), (error: { code: string; hint: string }) => {
      assert.equal(error.code, 'EACCES');
      assert.ok(error.hint.includes(name), error.hint);
      return true;
    });
    using listener = await inside.listen({ port: 80 });
    assert.equal(listener.port, 80);
  });

  test('a name instead of an address', async () => {
    await assert.rejects(inside.listen({ host: 'example.test', port: 80 }), { code: 'ERR_USAGE' });
  });

  test('an interface that does not exist', async () => {
    await assert.rejects(inside.listen({ host: 'fe80::1%none', port: 80 }), { code: 'ENODEV' });
  });

  for (const port of [-1, 65_536, 1.5, Number.NaN]) {
    test(`port ${port}`, async () => {
      await assert.rejects(inside.listen({ port }), { code: 'ERR_USAGE' });
      await assert.rejects(inside.connect({ port }), { code: 'ERR_USAGE' });
      await assert.rejects(inside.datagram({ port }), { code: 'ERR_USAGE' });
    });
  }

  for (const backlog of [-1, 2 ** 31, 1.5, Number.NaN]) {
    test(`backlog ${backlog}`, async () => {
      await assert.rejects(inside.listen({ port: 80, backlog }), { code: 'ERR_USAGE' });
    });
  }

  test('an option that is no number', async () => {
    const options = { port: 80, mark: 'x' as unknown as number } satisfies TcpListenOptions;
    await assert.rejects(inside.listen(options), { code: 'EINVAL' });
  });
});

describe('a Unix path', () => {
  test('of 107 bytes works, of 108 it is refused', async () => {
    const room = 107 - `${lab.folder}/`.length;
    const longest = join(lab.folder, 'p'.repeat(room));
    assert.equal(Buffer.byteLength(longest), 107);
    using listener = await inside.listen({ path: longest });
    assert.deepEqual(listener.address, { family: 'unix', path: longest });
    for (const path of [`${longest}p`, `\0${'a'.repeat(108)}`]) {
      await assert.rejects(inside.listen({ path }), { code: 'ERR_USAGE', message: /107 bytes/ });
      await assert.rejects(inside.connect({ path }), { code: 'ERR_USAGE' });
    }
  });

  test('that is empty, in no folder, or taken', async () => {
    await assert.rejects(inside.listen({ path: '' }), { code: 'ERR_USAGE' });
    const path = join(lab.folder, 'no/socket');
    await assert.rejects(inside.listen({ path }), { code: 'ENOENT', address: path });
    const taken = join(lab.folder, 'taken');
    using first = await inside.listen({ path: taken });
    await assert.rejects(inside.listen({ path: taken }), { code: 'EADDRINUSE', address: taken });
    assert.ok(first.descriptor.isOpen);
  });

  test('that nobody listens on', async () => {
    const path = join(lab.folder, 'nobody');
    await assert.rejects(inside.connect({ path }), {
      code: 'ENOENT',
      syscall: 'connect',
      address: path,
    });
    await assert.rejects(inside.connect({ path: '\0nobody' }), {
      code: 'ECONNREFUSED',
      address: '@nobody',
    });
  });
});

describe('file descriptors exhausted', () => {
  const RLIMIT_NOFILE = 7;

  const isOpen = (fd: number): boolean => tryCall('fcntl', fd, kernel.F_GETFD) >= 0;
  const openBelow = (limit: number): number[] =>
    Array.from({ length: limit }, (_, fd) => fd).filter(isOpen);

  /** With this many free numbers and no more; the work gets what is open, without opening. */
  async function withFreeFds(count: number, work: () => Promise<void>): Promise<void> {
    const limits = new BigUint64Array(2);
    tryCall('prlimit64', 0, RLIMIT_NOFILE, 0, limits);
    const [, hard = 0n] = limits;
    const highest = Math.max(...openFiles().map((line) => Number.parseInt(line)));
    const filled: number[] = [];
    for (let fd = 0; fd < highest;) filled.push((fd = tryCall('dup', 0)));
    const top = Math.max(highest, ...filled);
    const limit = BigUint64Array.of(BigInt(top + 1 + count), hard);
    assert.equal(tryCall('prlimit64', 0, RLIMIT_NOFILE, limit, 0), 0);
    const before = openBelow(top + 100);
    try {
      await work();
      assert.deepEqual(openBelow(top + 100), before);
    } finally {
      tryCall('prlimit64', 0, RLIMIT_NOFILE, limits, 0);
      for (const fd of filled) tryCall('close', fd);
    }
  }

  for (let free = 0; free < 9; free++) {
    test(`with ${free} free: all three, or an error and none`, async () => {
      const openings = [80, 81, 82].map((port) => listenerOpening({ port }));
      await withFreeFds(free, async () => {
        try {
          for (const listener of await inside.openAll(openings)) listener[Symbol.dispose]();
        } catch (error) {
          // Too few to find the name already, or too few for the sockets.
          assert.equal((error as { code: string }).code, 'EMFILE');
        }
      });
    });
  }
});
