// `npm run bench`: builds, then runs the benchmarks: as root in two parts, what root's names cost
// and, as the test user, all the rest; as anybody else, the rest. Options go to dist/bench/main.js.
// Prints tables; --json FOLDER writes them there as root.json and user.json too.

import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import path from 'node:path';
import { build } from './build.mjs';
import { compileNative, placeLauncher, root } from './native.mjs';
import { commandLine } from './test/identity.mjs';
import { prepareMachine } from './test/prepare.mjs';

function options() {
  const args = process.argv.slice(2);
  const at = args.indexOf('--json');
  if (at < 0) return { args };
  const [, folder = '.'] = args.splice(at, 2);
  return { args, folder: path.resolve(folder) };
}

function commit() {
  const git = (...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
  try {
    return git('describe', '--always', '--dirty');
  } catch {
    return 'unknown';
  }
}

// The test user may not write where the results go, so they pass through a folder of its own.
function runAs(identity, place, { args, folder, name }) {
  const result = path.join(fs.mkdtempSync('/tmp/nskit-bench-result-'), `${name}.json`);
  fs.chmodSync(path.dirname(result), 0o1777);
  const main = path.join(place.directory, 'dist/bench/main.js');
  const command = [process.execPath, main, '--commit', commit(), '--json', result, ...args];
  const [file, ...rest] = commandLine(identity, command);
  const { status } = spawnSync(file, rest, { cwd: '/', stdio: 'inherit', env: identity.env });
  if (status !== 0) process.exitCode = 1;
  else if (folder) fs.copyFileSync(result, path.join(folder, `${name}.json`));
  fs.rmSync(path.dirname(result), { recursive: true });
}

async function main() {
  compileNative();
  placeLauncher();
  await build();
  const { args, folder } = options();
  const machine = prepareMachine([{ needsKernel: true, identity: 'user' }]);
  const place = machine.findPlace();
  try {
    for (const [name, identity] of Object.entries(machine.identities)) {
      runAs(identity, place, { args, folder, name });
    }
  } finally {
    place.remove();
  }
}

try {
  await main();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
