/** Where an installed launcher finds Node: beside its install, of its prefix, in PATH. */
import assert from 'node:assert/strict';
import { copyFileSync, cpSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { nskitPath, run, type Ended } from '../support/nskit.js';
import { roomyFolder } from '../support/package.js';

const room = roomyFolder();
after(() => {
  rmSync(room, { recursive: true });
});

const checkout = dirname(dirname(nskitPath));

/** As `npm install` leaves it in this folder of packages; with the launcher, or the shell script. */
function install(packages: string, bin: 'launcher' | 'script'): string {
  const folder = join(packages, 'nskit');
  mkdirSync(join(folder, 'bin'), { recursive: true });
  for (const name of readdirSync(join(checkout, 'bin')).filter((name) => name.includes('linux'))) {
    copyFileSync(join(checkout, 'bin', name), join(folder, 'bin', name));
  }
  const from = bin === 'launcher' ? nskitPath : join(checkout, 'scripts/command.sh');
  copyFileSync(from, join(folder, 'bin/nskit'));
  run('chmod', ['755', join(folder, 'bin/nskit')]);
  cpSync(join(checkout, 'dist'), join(folder, 'dist'), { recursive: true });
  copyFileSync(join(checkout, 'package.json'), join(folder, 'package.json'));
  return join(folder, 'bin/nskit');
}

/** A link, as a version manager has it; the target says nothing about the prefix. */
function linkNode(folder: string): void {
  mkdirSync(folder, { recursive: true });
  symlinkSync(process.execPath, join(folder, 'node'));
}

/** No test may find the Node of this machine by accident. */
function version(bin: string, env: NodeJS.ProcessEnv): Ended {
  return run(bin, ['--version'], { env, cwd: '/' });
}

test('beside the install, as a version manager has it, with an empty PATH', () => {
  const prefix = join(room, 'managed');
  const bin = install(join(prefix, 'lib/node_modules'), 'launcher');
  linkNode(join(prefix, 'bin'));
  const { status, stdout, stderr } = version(bin, { PATH: '' });
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
});

test('the same through the link that npm puts into the prefix, and by the shell script', () => {
  const prefix = join(room, 'scripted');
  const bin = install(join(prefix, 'lib/node_modules'), 'script');
  linkNode(join(prefix, 'bin'));
  symlinkSync('../lib/node_modules/nskit/bin/nskit', join(prefix, 'bin/nskit'));
  for (const path of [bin, join(prefix, 'bin/nskit')]) {
    const { status, stderr } = version(path, { PATH: '/usr/bin:/bin' });
    assert.equal(status, 0, stderr);
  }
});

test('in PATH', () => {
  const bin = install(join(room, 'project/node_modules'), 'launcher');
  linkNode(join(room, 'elsewhere'));
  assert.equal(version(bin, { PATH: `/nowhere:${join(room, 'elsewhere')}` }).status, 0);
});

test('where there is none, the error names the places', () => {
  const bin = install(join(room, 'bare/lib/node_modules'), 'launcher');
  const { status, stderr } = version(bin, { PATH: '/nowhere' });
  assert.equal(status, 127);
  const places = [/bin\/\.node/, /\.\.\/\.\.\/\.\.\/\.\.\/bin\/node/, /in PATH/, /sudo/];
  places.forEach((place) => {
    assert.match(stderr, place);
  });
});

test('a program called node that lies above a project is not run', () => {
  const bin = install(join(room, 'a/project/node_modules'), 'launcher');
  linkNode(join(room, 'bin'));
  const { status, stderr } = version(bin, { PATH: '/nowhere' });
  assert.equal(status, 127);
  assert.match(stderr, /looked for \S+\.node and in PATH/);
});
