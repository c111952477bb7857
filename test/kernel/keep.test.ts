/** What the launcher keeps for a process that may be killed (native/keep.c), and a watcher's patience. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  fstatSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Store, keepMessage, kinds } from '../../src/api/shared-uplink/store.js';
import { lockHolderPid } from '../../src/namespaces/pause.js';
import { watchLiving } from '../../src/namespaces/watcher.js';
import {
  Block,
  exit,
  kernel,
  open,
  prepareToWatch,
  step,
  storedProgram,
  write,
} from '../../src/native/index.js';
import {
  receiveDescriptors,
  sendDescriptors,
  socketPair,
  type FileDescriptor,
  type Received,
} from '../../src/sockets/index.js';
import { openFiles, turn } from '../support/lab.js';
import { nskitPath } from '../support/nskit.js';
import { ended } from '../support/own-home.js';

let folder: string;
let opened: string[];
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'keep-'));
  prepareToWatch();
  await keeper(1, (sockets) => sockets.forEach((socket) => socket[Symbol.dispose]()));
  await turn();
  opened = openFiles();
});
after(async () => {
  rmSync(folder, { recursive: true });
  await turn();
  assert.deepEqual(openFiles(), opened, 'file descriptors before and after');
});

/** How many entries are left of what it keeps for one socket after the other; its exit status. */
async function keeper(
  count: number,
  work: (sockets: readonly FileDescriptor[]) => unknown,
  files = 100,
): Promise<number> {
  const store = new Block(32);
  const [first, ...next] = Array.from({ length: count }, (_, i) =>
    step('keep', 'keepDescriptors', [store, 4 + i]),
  );
  assert.ok(first);
  const path = join(folder, 'program');
  writeFileSync(path, storedProgram([first, ...next, exit(next.at(-1) ?? first)]));
  const program = openSync(path, 'r');
  const pairs = Array.from({ length: count }, () => socketPair('seqpacket'));
  const fds = pairs.map(([, its]) => its?.fd ?? -1);
  const limited = `ulimit -n ${files}; exec "$0" --program 3`;
  const child = spawn('sh', ['-c', limited, nskitPath], {
    stdio: ['ignore', 'inherit', 'inherit', program, ...fds],
  });
  const exited = once(child, 'exit') as Promise<[number]>;
  closeSync(program);
  for (const [, its] of pairs) its?.[Symbol.dispose]();
  const ours = pairs.map(([socket]) => socket ?? assert.fail());
  try {
    await work(ours);
  } finally {
    for (const socket of ours) socket[Symbol.dispose]();
  }
  return (await exited)[0];
}

/** Which file a descriptor is of. */
function fileOf(fd: number): string {
  const { rdev, ino } = fstatSync(fd);
  return `${rdev} ${ino}`;
}

async function opening(socket: FileDescriptor): Promise<Store> {
  const { store, found } = await Store.open(socket);
  assert.deepEqual(found, []);
  return store;
}

describe('what is kept', () => {
  test('comes to the next one, in its order, with its notes; and what was dropped does not', async () => {
    const left = await keeper(2, async ([first, second]) => {
      assert.ok(first && second);
      const store = await opening(first);
      const paths = ['/dev/zero', '/dev/null', folder];
      const fds = paths.map((path) => openSync(path, 'r')) as [number, number, number];
      await store.keep({ name: 'one' }, [fds[0]]);
      const two = await store.keep({ name: 'two' }, fds);
      await store.keep({ name: 'three', long: 'x'.repeat(100_000) }, [fds[2], fds[1]]);
      await two.drop();
      await two.drop();
      const files = fds.map(fileOf);
      for (const fd of fds) closeSync(fd);
      first[Symbol.dispose]();

      const { store: next, found } = await Store.open(second);
      const names = found.map(({ note }) => (note as { name: string }).name);
      assert.deepEqual(names, ['one', 'three']);
      const theirs = found.map(({ descriptors }) => descriptors.map(({ fd }) => fileOf(fd)));
      assert.deepEqual(theirs, [[files[0]], [files[2], files[1]]]);
      for (const { descriptors } of found) for (const one of descriptors) one[Symbol.dispose]();
      await found[0]?.kept.drop();
      await next.keep({ name: 'four' }, [0]);
    });
    assert.equal(left, 2);
  });

  test('nothing, once it was cleared', async () => {
    const left = await keeper(2, async ([first, second]) => {
      assert.ok(first && second);
      const store = await opening(first);
      for (let i = 0; i < 20; i++) await store.keep({ i }, [0, 1]);
      await store.clear();
      first[Symbol.dispose]();
      await opening(second);
    });
    assert.equal(left, 0);
  });

  test('thousands of entries, whose descriptors are closed again', async () => {
    const left = await keeper(
      2,
      async ([first, second]) => {
        assert.ok(first && second);
        const store = await opening(first);
        const all = [];
        // More in all than there may be at once.
        for (let i = 0; i < 3000; i++) {
          all.push(await store.keep({ i }, [0]));
          if (i >= 400) await all[i - 400]?.drop();
        }
        first[Symbol.dispose]();
        const { found } = await Store.open(second);
        const numbers = found.map(({ note }) => (note as { i: number }).i);
        assert.deepEqual(
          numbers,
          Array.from({ length: 400 }, (_, i) => 2600 + i),
        );
        for (const { descriptors } of found) descriptors[0]?.[Symbol.dispose]();
      },
      450,
    );
    assert.equal(left, 400 % 256);
  });

  test('not more than the limit of open files, and that is said', async () => {
    const left = await keeper(
      1,
      async ([socket]) => {
        assert.ok(socket);
        const store = await opening(socket);
        await store.keep({ fits: true }, [0]);
        const many = Array.from({ length: 40 }, () => 0);
        await assert.rejects(store.keep({ fits: false }, many), {
          code: 'EMFILE',
          syscall: 'recvmsg',
        });
        await store.keep({ fits: true }, [0]);
      },
      20,
    );
    assert.equal(left, 2);
  });
});

describe('messages', () => {
  async function answer(socket: FileDescriptor, bytes: Uint8Array): Promise<Received> {
    await sendDescriptors(socket.fd, [0], { data: bytes });
    return await receiveDescriptors(socket.fd);
  }

  function message(kind: number, key: number, note = 0): Uint8Array {
    const bytes = new Uint8Array(keepMessage.size + note);
    const view = new DataView(bytes.buffer);
    view.setUint32(keepMessage.kind, kind, true);
    view.setBigUint64(keepMessage.key, BigInt(key), true);
    return bytes;
  }

  test('of no kind, too short, too long, about nothing: each is answered, nothing is kept', async () => {
    const left = await keeper(1, async ([socket]) => {
      assert.ok(socket);
      await receiveDescriptors(socket.fd);
      for (const [bytes, error] of [
        [message(9, 1), 'EINVAL'],
        [message(0, 1), 'EINVAL'],
        [message(kinds.done, 1), 'EINVAL'],
        [message(kinds.drop, 7), 'ENOENT'],
        [message(kinds.put, 1).subarray(0, 3), 'EINVAL'],
        [message(kinds.put, 1, 131_073), 'EMSGSIZE'],
      ] as const) {
        const { data } = await answer(socket, bytes);
        const view = new DataView(data.buffer, data.byteOffset);
        assert.equal(view.getUint32(keepMessage.kind, true), kinds.done);
        assert.equal(view.getInt32(keepMessage.error, true), constants.errno[error], error);
      }
    });
    assert.equal(left, 0);
  });

  test('with a key that is kept take its place', async () => {
    const left = await keeper(1, async ([socket]) => {
      assert.ok(socket);
      await receiveDescriptors(socket.fd);
      for (let i = 0; i < 5; i++) await answer(socket, message(kinds.put, 1, i));
      await answer(socket, message(kinds.put, 2, 131_072));
    });
    assert.equal(left, 2);
  });
});

describe('a watcher', () => {
  test('lets go of everything when what it starts ends at once, again and again', async () => {
    // Notes that it was started, and fails.
    const starts = join(folder, 'starts');
    writeFileSync(starts, '');
    const file = open('open the notes', starts, { flags: kernel.O_WRONLY | kernel.O_APPEND });
    const program = [file, write('note the start', file, '.'), exit(3)];

    const lockFile = join(folder, 'watcher.lock');
    const [its, ours] = socketPair('seqpacket');
    const [end, kept] = socketPair('stream');
    assert.ok(its && ours && end && kept);
    assert.ok(await watchLiving({ lockFile, become: program }, its.fd));
    its[Symbol.dispose]();
    const watcher = lockHolderPid(lockFile);
    assert.ok(watcher !== undefined);
    const store = await opening(ours);
    await store.keep({}, [kept.fd]);
    kept[Symbol.dispose]();
    ours[Symbol.dispose]();

    const { data } = await receiveDescriptors(end.fd);
    assert.equal(data.length, 0, 'its copy is closed');
    end[Symbol.dispose]();
    await ended(watcher);
    // Five, unless one of them took longer than a life may be short.
    assert.match(readFileSync(starts, 'utf8'), /^\.{5,}$/);
  });

  test('ends with what it watches when nothing is kept', async () => {
    const lockFile = join(folder, 'watcher.lock');
    const [its, ours] = socketPair('seqpacket');
    assert.ok(its && ours);
    assert.ok(await watchLiving({ lockFile, become: [exit(3)] }, its.fd));
    its[Symbol.dispose]();
    const watcher = lockHolderPid(lockFile);
    assert.ok(watcher !== undefined);
    ours[Symbol.dispose]();
    await ended(watcher);
    assert.equal(lockHolderPid(lockFile), undefined);
  });
});
