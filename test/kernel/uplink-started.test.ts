/** Wherever the uplink process is started from, it belongs to the user alone. */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, describe, test } from 'node:test';
import { namespaces, uplinks } from '../../src/index.js';
import { leaveNothing, ownHome } from '../support/own-home.js';
import { nskit, nskitPath, run } from '../support/nskit.js';
import { endUplinks, uplinkPid } from '../support/shared-uplink.js';
import { Terminal } from '../support/terminal.js';

const home = ownHome();
after(() => leaveNothing(home));
afterEach(endUplinks);

const procOf = (file: string): string => `/proc/${uplinkPid()}/${file}`;

/** proc_pid_stat(5): session and terminal are the fourth and fifth after the name. */
function sessionAndTerminal(): string[] {
  const [, , , session = '', terminal = ''] = readFileSync(procOf('stat'), 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return [session, terminal];
}

function checkBelongsToNobody(): void {
  assert.deepEqual(sessionAndTerminal(), [String(uplinkPid()), '0']);
  assert.equal(readlinkSync(procOf('cwd')), '/');
  const files = readdirSync(procOf('fd')).map((fd) => [fd, readlinkSync(procOf(`fd/${fd}`))]);
  const standard = files.filter(([fd]) => Number(fd) < 3).map(([, link]) => link);
  assert.deepEqual(standard, ['/dev/null', '/dev/null', '/dev/null']);
  const inHome = files.map(([, link = '']) => link).filter((link) => link.startsWith(home.folder));
  assert.deepEqual(inHome, [join(home.state, 'uplink/lock')]);
  for (const kind of ['user', 'mnt', 'net', 'pid']) {
    assert.equal(readlinkSync(procOf(`ns/${kind}`)), readlinkSync(`/proc/self/ns/${kind}`), kind);
  }
}

describe('the uplink process', () => {
  test('has no descriptor, folder or variable of a shell that started it', () => {
    const file = join(home.scratch, 'open');
    writeFileSync(file, '');
    const script = 'cd "$3"; exec 3<"$2" 5<>"$2" 77>>"$2" 6</dev/zero; "$1" add lab --uplink';
    const env = { ...process.env, SECRET: 'secret', NODE_OPTIONS: '--no-deprecation' };
    const { status, stderr } = run('bash', ['-c', script, 'bash', nskitPath, file, home.scratch], {
      env,
    });
    assert.equal(status, 0, stderr);
    checkBelongsToNobody();
    const variables = readFileSync(procOf('environ'), 'utf8').split('\0');
    const names = variables.map((variable) => variable.split('=')[0]).filter((name) => name !== '');
    const known = ['XDG_RUNTIME_DIR', 'PATH', 'LANG', 'LC_ALL', 'TZ', 'LD_LIBRARY_PATH'];
    assert.deepEqual(
      names.filter((name = '') => !known.includes(name) && !name.startsWith('NSKIT_')),
      [],
    );
  });

  test('outlives the terminal it was started in', async () => {
    {
      await using terminal = new Terminal(['sh', '-c', `"${nskitPath}" add lab --uplink && tty`]);
      assert.equal(await terminal.end, 0, terminal.shown);
    }
    checkBelongsToNobody();
    assert.deepEqual(
      (await uplinks.list()).map(({ place }) => place),
      [{ name: 'lab' }],
    );
  });

  for (const how of [[], ['--map-current']]) {
    test(`is not started from inside a name${how.length === 0 ? '' : `, by ${how.join(' ')}`}`, async () => {
      await using _lab = await namespaces.add('lab');
      const words = ['exec', ...how, 'lab', nskitPath, 'uplink', 'lab'];
      const { status, stderr } = nskit(words);
      assert.equal(status, 1);
      assert.match(stderr, how.length === 0 ? /not started from inside/ : /cannot reach the base/);
      assert.equal(uplinkPid(), undefined);
    });
  }
});
