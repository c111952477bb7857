/** Names made by root for a user: what is refused, and what is left behind by whatever was killed. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, afterEach, describe, test } from 'node:test';
import { addNameForOwner, deleteName, systemProgram } from '../../src/namespaces/index.js';
import { exit, isLabel, storedProgram } from '../../src/native/index.js';
import { nskitPath, run, start, waiting } from '../support/nskit.js';
import {
  as,
  removeRuntime,
  rootNskit,
  runtime,
  tracesOf,
  user,
  userFolder,
  userName,
  userNskit,
  wipe,
} from '../support/owner.js';

const name = `refused-${process.pid}`;
const other = `other-${process.pid}`;

after(removeRuntime);
afterEach(() => {
  wipe(name);
  wipe(other);
});

describe('refusals leave nothing', () => {
  const refusals = [
    { args: ['--owner', 'no-such-user'], status: 1, says: /there is no user "no-such-user"/ },
    { args: ['--owner', '0:no-such-group'], status: 1, says: /there is no group "no-such-group"/ },
    { args: ['--owner', '4294967295'], status: 1, says: /there is no user "4294967295"/ },
    { args: ['--owner', ''], status: 1, says: /there is no user ""/ },
    { args: ['--owner', '1:2:3'], status: 2, says: /--owner 1:2:3: give USER or USER:GROUP/ },
    { args: ['--owner', '0', '--uts'], status: 2, says: /--uts does not go with/ },
  ];
  for (const { args, status, says } of refusals) {
    test(`nskit add NAME ${args.join(' ')}`, () => {
      const ended = rootNskit(['add', name, ...args]);
      assert.match(ended.stderr, says);
      assert.equal(ended.status, status);
      assert.deepEqual(tracesOf(name), []);
    });
  }

  test('a SUDO_UID that is no number', () => {
    const { status, stderr } = rootNskit(['add', name], { SUDO_UID: '-1', SUDO_GID: '0' });
    assert.equal(status, 1);
    assert.match(stderr, /there is no user "-1"/);
    assert.deepEqual(tracesOf(name), []);
  });

  test('--owner by an ordinary user', () => {
    const { status, stderr } = userNskit('add', name, '--owner', userName);
    assert.equal(status, 1);
    assert.match(stderr, /only root makes .*\n {2}hint: "sudo nskit add/);
    assert.deepEqual(tracesOf(name), []);
  });

  test('a malformed name', () => {
    const { status } = rootNskit(['add', '../x', '--owner', userName]);
    assert.notEqual(status, 0);
    assert.equal(existsSync('/run/x'), false);
  });
});

describe('a name that is taken', () => {
  const exists = (): string => {
    const { status, stderr } = rootNskit(['add', name, '--owner', userName]);
    assert.equal(status, 1);
    return stderr;
  };

  test('by nskit: it stays as it was', () => {
    rootNskit(['add', name, '--owner', userName]);
    const before = run('stat', ['-Lc', '%i', `/run/netns/${name}`]).stdout;
    assert.match(exists(), /there is a namespace .* already\n {2}hint: .*sudo nskit delete/);
    assert.equal(run('stat', ['-Lc', '%i', `/run/netns/${name}`]).stdout, before);
    assert.equal(userNskit('exec', name, 'true').status, 0);
  });

  test('by ip netns', () => {
    run('ip', ['netns', 'add', name]);
    assert.match(exists(), /there is a namespace .* already/);
    assert.equal(run('ip', ['netns', 'exec', name, 'true']).status, 0);
    assert.equal(rootNskit(['delete', name]).status, 0);
    assert.deepEqual(tracesOf(name), []);
  });

  test('by a file that is not ours', () => {
    const file = `/run/userns/${name}`;
    mkdirSync('/run/userns', { recursive: true });
    writeFileSync(file, 'mine');
    assert.match(exists(), /there is a file .* that nskit did not make/);
    assert.deepEqual(tracesOf(name), [file]);
  });
});

describe('deleting', () => {
  test('is root’s alone, also for the owner', () => {
    rootNskit(['add', name, '--owner', userName]);
    const { status, stderr } = userNskit('delete', name);
    assert.equal(status, 1);
    assert.match(stderr, new RegExp(`was made by root\\n  hint: "sudo nskit delete ${name}"`));
    userNskit('delete', '--all');
    assert.equal(userNskit('exec', name, 'true').status, 0);
  });

  test('by root waits for the owner’s processes to be gone, or kills them', async () => {
    rootNskit(['add', name, '--owner', userName]);
    const become = ['--reuid', String(user.uid), '--regid', String(user.gid), '--clear-groups'];
    await using inside = await start('setpriv', [...become, nskitPath, 'exec', name, ...waiting]);
    const { status, stderr } = rootNskit(['delete', name]);
    assert.equal(status, 1);
    assert.match(stderr, new RegExp(`a process is inside ${name}: ${inside.pid}`));
    assert.equal(rootNskit(['delete', '--kill', name]).status, 0);
    assert.equal(await inside.end, 'SIGKILL');
    assert.deepEqual(tracesOf(name), []);
  });

  test('by ip netns leaves a user namespace, which root’s next command takes away', () => {
    rootNskit(['add', name, '--owner', userName]);
    run('ip', ['netns', 'delete', name]);
    assert.notEqual(userNskit('exec', name, 'true').status, 0);
    assert.equal(userNskit('list').stdout.includes(name), false);
    assert.equal(rootNskit(['add', other, '--owner', userName]).status, 0);
    assert.deepEqual(tracesOf(name), []);
  });

  test('and adding by ip netns since then: the new one is root’s, and stays', () => {
    rootNskit(['add', name, '--owner', userName]);
    run('ip', ['netns', 'delete', name]);
    run('ip', ['netns', 'add', name]);
    const { status, stderr } = userNskit('exec', name, 'true');
    assert.equal(status, 125);
    assert.match(stderr, /EPERM/);
    assert.equal(rootNskit(['add', other, '--owner', userName]).status, 0);
    assert.deepEqual(tracesOf(name), [`/run/netns/${name}`]);
    assert.equal(run('ip', ['netns', 'exec', name, 'true']).status, 0);
  });
});

describe('a stored program of the user’s', () => {
  // It ends with 42 instead of running anything, where it is believed.
  const program = storedProgram([exit(42)]);
  const plant = (folder: string, uid: number): void => {
    mkdirSync(join(folder, 'nskit/programs'), { recursive: true });
    writeFileSync(join(folder, 'nskit/programs', name), program, { mode: 0o600 });
    const owned = ['nskit', 'nskit/programs', `nskit/programs/${name}`];
    owned.forEach((path) => {
      chownSync(join(folder, path), uid, uid);
    });
  };

  for (const [whose, uid] of [
    ['the user', user.uid],
    ['root', 0],
  ] as const) {
    test(`is not run by root, even when the file in the user’s folder belongs to ${whose}`, () => {
      const folder = userFolder();
      try {
        chmodSync(folder, 0o700);
        plant(folder, uid);
        const settings = { XDG_RUNTIME_DIR: folder };
        if (uid === user.uid) {
          assert.equal(as(user, [nskitPath, 'exec', name, 'true'], settings).status, 42);
        }
        const { status, stderr } = rootNskit(['exec', name, 'true'], settings);
        assert.equal(status, 125);
        assert.match(stderr, /there is no namespace/);
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  }

  test('is not run in place of one that root has stored', () => {
    rootNskit(['add', name, '--owner', userName]);
    plant(runtime, user.uid);
    const { status } = rootNskit(['exec', name, 'true'], { XDG_RUNTIME_DIR: runtime });
    assert.equal(status, 0);
    rmSync(join(runtime, 'nskit'), { recursive: true });
  });
});

describe('kill -9 of add --owner', () => {
  const killed = fileURLToPath(new URL('../support/owner-killed.js', import.meta.url));
  const steps = systemProgram(name, user).filter((item) => !isLabel(item)).length;

  test(`after each of its ${steps} steps leaves nothing that blocks the next`, async () => {
    for (let k = 0; k <= steps; k++) {
      const ended = run(process.execPath, [killed, ...[name, k, user.uid, user.gid].map(String)]);
      assert.equal(ended.status, null, `step ${k}: ${ended.stderr}`);
      await addNameForOwner(name, user);
      assert.equal(tracesOf(name).length, 4);
      assert.equal(userNskit('exec', name, 'true').status, 0, `after step ${k}`);
      await deleteName(name);
      assert.deepEqual(tracesOf(name), [], `after step ${k}`);
    }
  });

  test('of the process that makes it alone leaves nothing at all', async () => {
    for (let k = 0; k < steps; k++) {
      const added = addNameForOwner(name, user, { killAfter: k });
      await added.then(
        () => deleteName(name),
        () => undefined,
      );
      assert.deepEqual(tracesOf(name), [], `after step ${k}`);
    }
  });

  test('before its record is published: it is cleaned up, and ip netns can use the name', () => {
    rootNskit(['add', name, '--owner', userName]);
    renameSync(`/run/nskit/names/${name}.json`, `/run/nskit/names/.${name}.making`);
    assert.equal(rootNskit(['add', other, '--owner', userName]).status, 0);
    assert.deepEqual(tracesOf(name), []);
    execFileSync('ip', ['netns', 'add', name]);
  });
});
