/** What cannot be done is said in a sentence, with what to do about it, and leaves nothing. */
import assert from 'node:assert/strict';
import { chmodSync, closeSync, mkdirSync, openSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, describe, test } from 'node:test';
import { inspect } from 'node:util';
import { namespaces } from '../../src/index.js';
import { call, tryCall } from '../../src/native/index.js';
import { nskit, nskitPath, run } from '../support/nskit.js';
import { leaveNothing, onOwnMachine, openNamespaceFiles, ownHome } from '../support/own-home.js';

const here = ownHome();
afterEach(() => {
  nskit(['delete', '--all', '--kill']);
});
after(() => leaveNothing(here));

describe('resources', () => {
  test('a full disk: add fails and says so; what there was works, and can be deleted', () => {
    const { stdout, stderr, status } = onOwnMachine(
      here,
      `mount -t tmpfs -o size=64k,mode=700 none "$T/runtime"; nskit add first
      cat /dev/zero >"$T/runtime/full" 2>/dev/null || true
      nskit add second || echo "status $?"
      nskit list; nskit exec first echo works
      nskit delete first; nskit list; ls "$T/runtime/nskit/names"; rm "$T/runtime/full"
      nskit add second; nskit exec second echo again`,
    );
    const table = /^status 1\nNAME .*\nfirst .*\nworks\nNAME .*\nagain\n$/;
    assert.match(stdout, table, stderr);
    assert.match(stderr, /^nskit: cannot write .*ENOSPC.*\n {2}hint: its disk is full/m);
    assert.equal(status, 0);
  });

  test('a disk that is full from the beginning', () => {
    const { stdout, stderr } = onOwnMachine(
      here,
      `mount -t tmpfs -o nr_inodes=7,mode=700 none "$T/runtime"
      nskit add first || echo "status $?"; nskit list`,
    );
    assert.match(stdout, /^status 1\nNAME .*\n$/, stderr);
    assert.match(stderr, /^nskit: cannot write .*ENOSPC.*\n {2}hint: its disk is full/m);
  });

  test('with too few free descriptors add fails with EMFILE or succeeds, and leaves nothing', async () => {
    await namespaces.add('before');
    const limits = new BigUint64Array(2);
    const RLIMIT_NOFILE = 7;
    call({ step: 'read the limit' }, 'prlimit64', 0, RLIMIT_NOFILE, 0, limits);
    const lowest = openSync('/dev/null', 'r');
    closeSync(lowest);
    for (const free of [0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 400]) {
      const few = BigUint64Array.of(BigInt(lowest + free), limits[1] ?? 0n);
      tryCall('prlimit64', 0, RLIMIT_NOFILE, few, 0);
      const failure = await namespaces.add('few', { kinds: ['pid'] }).then(
        () => undefined,
        (reason: unknown) => inspect(reason),
      );
      tryCall('prlimit64', 0, RLIMIT_NOFILE, limits, 0);
      if (failure === undefined) await namespaces.get('few').delete();
      else assert.match(failure, /EMFILE/, `${free} free`);
      assert.ok(free > 10 || failure !== undefined, `${free} free`);
      assert.ok(free < 400 || failure === undefined, failure);
      assert.deepEqual(
        namespaces.list().map(({ name }) => name),
        ['before'],
      );
      assert.deepEqual(openNamespaceFiles(here.folder), []);
    }
  });

  test('no network namespaces left: the error names the sysctl, and nothing is there', () => {
    const { stdout, stderr } = onOwnMachine(
      here,
      `echo 0 >/proc/sys/user/max_net_namespaces
      nskit add a || echo "add $?"; nskit run true || echo "run $?"; nskit list
      echo 99 >/proc/sys/user/max_net_namespaces; nskit add a
      echo 0 >/proc/sys/user/max_net_namespaces
      nskit add b || echo "add $?"; nskit list; ls "$T/runtime/nskit/names"`,
    );
    const expected = /^add 1\nrun 125\nNAME .*\nadd 1\nNAME .*\na .*\na.json\n$/;
    assert.match(stdout, expected, stderr);
    const sentence = /ENOSPC\n {2}hint: user\.max_net_namespaces is 0: sudo sysctl/g;
    assert.equal(stderr.match(sentence)?.length, 3, stderr);
  });

  test('no user namespaces: the error names the sysctl', () => {
    const script =
      'echo 0 >/proc/sys/user/max_user_namespaces; nskit add a || echo $?; nskit run true || echo $?';
    const { stdout, stderr } = onOwnMachine(here, script);
    assert.equal(stdout, '1\n125\n');
    assert.match(stderr, /hint: user\.max_user_namespaces is 0/);
  });
});

describe('a state directory', () => {
  const inRuntime = (runtime: string) => {
    const env = { ...process.env, XDG_RUNTIME_DIR: runtime };
    return nskit(['add', 'lab'], { env });
  };

  test('that is a link, open to others, or another user’s is not used', () => {
    const linked = join(here.scratch, 'linked');
    mkdirSync(linked, { mode: 0o700 });
    symlinkSync(here.state, join(linked, 'nskit'));
    const open = join(here.scratch, 'open');
    mkdirSync(join(open, 'nskit'), { recursive: true, mode: 0o700 });
    chmodSync(join(open, 'nskit'), 0o770);
    for (const runtime of [linked, open]) {
      const { status, stderr } = inRuntime(runtime);
      assert.equal(status, 1);
      assert.match(stderr, /is not a folder of yours alone\n {2}hint: set XDG_RUNTIME_DIR/);
    }
    const script = 'mkdir "$T/runtime/nskit"; chown 7 "$T/runtime/nskit"; nskit add lab || echo $?';
    const { stdout, stderr } = onOwnMachine(here, script, ['--map-auto']);
    assert.equal(stdout, '1\n', stderr);
    assert.match(stderr, /is not a folder of yours alone/);
  });

  test('that may not be written is an error with a hint', () => {
    const { stdout, stderr } = onOwnMachine(
      here,
      'cd "$T"; mount --bind runtime runtime; mount -o remount,bind,ro runtime; nskit add lab || echo $?; nskit list',
    );
    assert.match(stdout, /^1\nNAME .*\n$/, stderr);
    assert.match(stderr, /^nskit: cannot write .*EROFS.*\n {2}hint: set XDG_RUNTIME_DIR/m);
  });
});

describe('from where the base namespaces cannot be reached', () => {
  const bubblewrap = ['bwrap', '--dev-bind', '/', '/'];
  for (const [where, way] of Object.entries({
    'another user namespace': ['unshare', '-U'],
    'another user namespace as its root': ['unshare', '-Ur'],
    'a bubblewrap sandbox': bubblewrap,
    'a bubblewrap sandbox with its own /proc': [...bubblewrap, '--unshare-pid', '--proc', '/proc'],
    'a program with one’s own uid': [nskitPath, 'exec', '--map-current', 'plain'],
    'a name with a pid namespace': [nskitPath, 'exec', 'own'],
  })) {
    test(`${where}: each command says exactly that`, async () => {
      await namespaces.add('plain');
      await namespaces.add('own', { kinds: ['pid'] });
      for (const [status, ...args] of [
        [1, 'list'],
        [1, 'add', 'new'],
        [1, 'path', 'plain'],
        [1, 'delete', 'plain'],
        [125, 'exec', 'plain', 'true'],
        [125, 'exec', '--wd', '/', 'plain', 'true'],
        [125, 'shell', 'plain'],
      ] as const) {
        const [file = '', ...rest] = [...way, nskitPath, ...args];
        const ended = run(file, rest);
        const sentence =
          /^nskit: cannot reach the base namespaces: .*\n {2}hint: run nskit outside/;
        assert.match(ended.stderr, sentence, args.join(' '));
        assert.equal(ended.status, status, args.join(' '));
      }
      assert.deepEqual(
        namespaces.list().map(({ name }) => name),
        ['own', 'plain'],
      );
    });
  }
});
