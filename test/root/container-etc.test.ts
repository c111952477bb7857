/**
 * As in a container: root has mounted files over files of /etc, in a mount namespace of its own, and
 * a user in it lays files over them.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { nskitPath, run } from '../support/nskit.js';
import { removeRuntime, runtime, user, userFolder } from '../support/owner.js';

const library = new URL('../../src/index.js', import.meta.url).href;
const home = userFolder('/tmp');
after(() => {
  run('rm', ['-r', home]);
  removeRuntime();
});

/** What a script of the user's prints in such a container. */
function inContainer(prepare: string, script: string): string {
  const become = ['--reuid', `${user.uid}`, '--regid', `${user.gid}`, '--init-groups', '--'];
  const env = {
    ...{ PATH: process.env['PATH'], HOME: home, XDG_RUNTIME_DIR: runtime },
    ...{ N: nskitPath, NODE: process.execPath },
  };
  const inside = `${prepare}\n"$@"`;
  const command = ['setpriv', ...become, 'sh', '-ec', script];
  const { status, stdout, stderr } = run(
    'unshare',
    ['--mount', '--propagation', 'slave', 'sh', '-ec', inside, 'sh', ...command],
    { env },
  );
  assert.equal(status, 0, stderr);
  return stdout;
}

const mountedFile = `
echo docker >"$HOME/docker"; chmod 644 "$HOME/docker"
mount --bind "$HOME/docker" "$(readlink -f /etc/resolv.conf)"`;

/** A program that lays texts over /etc in a private mount namespace, and says what it sees. */
const laid = (texts: object, ...argv: readonly string[]): string => `
import { LiveTexts, namespaces, spawn, viewOf } from '${library}';
const fresh = await namespaces.create({ kinds: ['user', 'net'] });
const texts = await LiveTexts.make(fresh.way(), ${JSON.stringify(texts)});
const way = { ...fresh.way(), ...viewOf({ pid: false, over: texts.lay() }) };
await spawn(way, ${JSON.stringify(argv)}, { stdio: 'inherit' }).exit;
`;

function program(name: string, text: string): string {
  const file = join(home, `${name}.mjs`);
  writeFileSync(file, text, { mode: 0o644 });
  return file;
}

test('files over /etc of a plain and of an isolated name', () => {
  const out = inContainer(
    mountedFile,
    `echo ours >"$HOME/ours"; chmod 644 "$HOME/ours"
    for kind in plain isolated; do
      "$N" add "$kind" --file "$HOME/ours:/etc/resolv.conf" $([ $kind = plain ] || echo --isolated)
      "$N" exec "$kind" sh -c 'cat /etc/resolv.conf; head -n 1 /etc/passwd'
      "$N" delete "$kind"
      "$N" add "$kind" --file "$HOME/ours:/etc/nskit/new" $([ $kind = plain ] || echo --isolated)
      "$N" exec "$kind" cat /etc/nskit/new /etc/resolv.conf
      "$N" delete "$kind"
    done; cat /etc/resolv.conf`,
  );
  const once = 'ours\nroot:x:0:0:root:/root:/bin/bash\nours\ndocker\n';
  assert.equal(out, `${once}${once}docker\n`);
});

test('other users inside can read what is there', () => {
  const out = inContainer(
    mountedFile,
    `umask 077; echo ours >"$HOME/ours"; chmod 644 "$HOME/ours"
    "$N" add lab --file "$HOME/ours:/etc/nskit-file"
    "$N" exec lab setpriv --reuid 1 --clear-groups sh -c 'head -n 1 /etc/passwd; cat /etc/resolv.conf'
    "$N" delete lab`,
  );
  assert.equal(out, 'root:x:0:0:root:/root:/bin/bash\ndocker\n');
});

describe('texts over /etc, without a name', () => {
  const resolv = '/etc/resolv.conf';
  const ours = { [resolv]: 'ours\n', '/etc/nskit/deep/er': 'deep\n' };
  const look = program(
    'look',
    laid(ours, 'sh', '-c', `cat ${resolv} /etc/nskit/deep/er; head -n 1 /etc/passwd`),
  );
  /** /etc of the container's own, of which its resolv.conf is made anew. */
  const ownEtc = `mkdir -p "$HOME/etc"; mount -t tmpfs none "$HOME/etc"; cp -a /etc/. "$HOME/etc"
    mount --bind "$HOME/etc" /etc
    rm -f ${resolv}`;
  const cases = [
    ['a file', `echo host >${resolv}`],
    ['a file that is a mount', `echo host >${resolv}; mount --bind /etc/hosts ${resolv}`],
    ['not there', ':'],
    ['a link that leads nowhere', `ln -s /nowhere/at/all ${resolv}`],
    [
      'a link out of /etc',
      `mkdir -p "$HOME/run"; echo stub >"$HOME/run/stub"; ln -s "..$HOME/run/stub" ${resolv}`,
    ],
    [
      'a link to a file that is a mount',
      `echo host >/etc/real; mount --bind /etc/hosts /etc/real; ln -s real ${resolv}`,
    ],
  ] as const;
  for (const [title, prepare] of cases) {
    test(`where resolv.conf is ${title}`, () => {
      const out = inContainer(`${ownEtc}\n${prepare}`, `"$NODE" ${look}`);
      assert.equal(out, 'ours\ndeep\nroot:x:0:0:root:/root:/bin/bash\n');
    });
  }
});
