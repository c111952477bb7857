// Where the tests run: in the checkout, or in a copy where the test user cannot reach the checkout
// (under /root, say).

import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import path from 'node:path';
import { root } from '../native.mjs';
import { Expected } from './expected.mjs';
import { commandLine } from './identity.mjs';

const probe = 'cd "$1" && test -r package.json && test -r dist/nskit.cjs && test -x bin/nskit';

export function placeFor(account, user) {
  if (!account) return { directory: root, remove() {} };
  mustReachNode(account, user);
  if (succeeds(user, ['sh', '-c', probe, 'probe', root])) return { directory: root, remove() {} };
  return copyFor(account);
}

function mustReachNode({ name }, user) {
  if (succeeds(user, [process.execPath, '--version'])) return;
  throw new Expected(
    `The user ${name} cannot execute ${process.execPath}, so no test can run as an ordinary user. ` +
      'Install Node where everybody can reach it, for example under /usr/local.',
  );
}

function succeeds(user, command) {
  const [file, ...args] = commandLine(user, command);
  return spawnSync(file, args, { cwd: '/', stdio: 'ignore' }).status === 0;
}

function copyFor({ name, uid, gid }) {
  const directory = fs.mkdtempSync('/var/tmp/nskit-test-');
  console.log(`${name} cannot reach this checkout: running in a copy, ${directory}`);
  const remove = () => fs.rmSync(directory, { recursive: true, force: true });
  // Also when somebody presses Ctrl-C.
  process.once('exit', remove);
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
  try {
    const entries = fs.readdirSync(root).filter((entry) => entry !== '.git');
    execFileSync('cp', ['-a', ...entries.map((entry) => path.join(root, entry)), directory]);
    execFileSync('chown', ['-hR', `${uid}:${gid}`, directory]);
    execFileSync('chmod', ['-R', 'u+rwX,go+rX', directory]);
  } catch (error) {
    remove();
    throw error;
  }
  return { directory, remove };
}
