/** The end of a session: its runtime directory, a mount of the machine's own, is unmounted. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { nskitPath, run, type Ended } from '../support/nskit.js';
import { as, user } from '../support/owner.js';
import { ended, pausePid } from '../support/own-home.js';

const session = mkdtempSync('/run/nskit-session-');
after(() => {
  rmdirSync(session);
});

/** As systemd makes /run/user/UID. */
function beginSession(): void {
  const options = `mode=0700,uid=${user.uid},gid=${user.gid}`;
  const { status, stderr } = run('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', session]);
  assert.equal(status, 0, stderr);
}

function inSession(...args: string[]): Ended {
  const finished = as(user, [nskitPath, ...args], { XDG_RUNTIME_DIR: session });
  assert.equal(finished.status, 0, finished.stderr);
  return finished;
}

for (const options of [[], ['--lazy']]) {
  test(`umount ${options.join('')}: the directory is not busy, and the pause process ends`, async () => {
    beginSession();
    inSession('add', 'lab');
    inSession('add', 'own', '--pid');
    assert.equal(inSession('exec', 'own', 'echo', 'inside').stdout, 'inside\n');
    const pause = pausePid(join(session, 'nskit'));
    assert.ok(pause !== undefined);
    const { status, stderr } = run('umount', [...options, session]);
    assert.equal(status, 0, stderr);
    await ended(pause);

    beginSession();
    assert.equal(inSession('list', '--json').stdout, '[]\n');
    inSession('add', 'lab');
    const next = pausePid(join(session, 'nskit'));
    assert.ok(next !== undefined);
    run('umount', [session]);
    await ended(next);
  });
}
