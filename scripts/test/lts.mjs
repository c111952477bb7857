// The tests once more on the current long-term release of Node, which npm's registry has as a
// package. The addon is not compiled again: Node-API promises that it loads.

import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import path from 'node:path';
import { root } from '../native.mjs';
import { withNode } from './identity.mjs';
import { runStage } from './run.mjs';
import { stagesForLts } from './stages.mjs';

// The even releases become long-term ones in the October of their year.
export const currentRelease = '26';
const cache = path.join(root, 'node_modules/.cache/node-lts');

export async function runOnLts({ machine, place, complete, release = currentRelease }, tally) {
  const node = install(release, tally);
  if (!node) return;
  const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim();
  const copy = copyWith(node, place);
  try {
    const user = withNode(machine.identities.user, copy.node);
    for (const stage of stagesForLts({ complete })) {
      const titled = { ...stage, title: `${stage.name} on Node ${version}` };
      const run = { machine: { ...machine, identities: { user } }, place: copy, options: {} };
      await runStage({ stage: titled, ...run }, tally);
    }
  } finally {
    copy.remove();
  }
}

function install(release, tally) {
  const name = `node-linux-${process.arch}`;
  const options = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
  fs.mkdirSync(cache, { recursive: true });
  try {
    execFileSync('npm', ['install', '--prefix', cache, ...options, `${name}@${release}`], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  } catch (error) {
    tally.notRun(`tests on Node ${release}: npm cannot install ${name}: ${lastLine(error.stderr)}`);
    return undefined;
  }
  return path.join(cache, 'node_modules', name, 'bin/node');
}

const lastLine = (text) => String(text).trim().split('\n').at(-1);

// A copy, because the launcher runs the Node recorded beside it: another one than in the checkout.
function copyWith(node, place) {
  const directory = fs.mkdtempSync('/var/tmp/nskit-lts-');
  const remove = () => fs.rmSync(directory, { recursive: true, force: true });
  // Also when somebody presses Ctrl-C.
  process.once('exit', remove);
  const left = ['.git', 'coverage', 'node_modules'];
  for (const entry of fs.readdirSync(place.directory)) {
    if (!left.includes(entry)) copy(path.join(place.directory, entry), path.join(directory, entry));
  }
  const packages = path.join(place.directory, 'node_modules');
  fs.symlinkSync(packages, path.join(directory, 'node_modules'));
  fs.mkdirSync(path.join(directory, 'node/bin'), { recursive: true });
  const copied = path.join(directory, 'node/bin/node');
  fs.copyFileSync(node, copied);
  fs.chmodSync(copied, 0o755);
  fs.rmSync(path.join(directory, 'bin/.node'), { force: true });
  fs.symlinkSync(copied, path.join(directory, 'bin/.node'));
  const { uid, gid } = fs.statSync(place.directory);
  execFileSync('chown', ['-hR', `${uid}:${gid}`, directory]);
  fs.chmodSync(directory, 0o755);
  return { directory, node: copied, remove };
}

const copy = (from, to) => execFileSync('cp', ['-a', from, to]);
