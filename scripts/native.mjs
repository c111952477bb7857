// Compiles native/*.c with the C compiler alone: the addon Node loads, and the static launcher.
// No node-gyp, so no Python and no downloaded headers; the addon's headers are a development
// dependency. As a program: `node scripts/native.mjs [--arch x64|arm64]`.

import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
export const architectures = ['x64', 'arm64'];

const native = path.join(root, 'native');
const bin = path.join(root, 'bin');

// The addon runs inside Node; what it exports is Node-API's entry point and nothing else. It is not
// linked with libc, because Node has one: so it asks for no version of it, newer than Node's own.
const addonFlags = (
  '-std=gnu11 -O2 -fPIC -shared -nostartfiles -nodefaultlibs -fvisibility=hidden ' +
  '-Wall -Wextra -Werror'
).split(' ');

// The launcher has no libc: it must start in a fraction of a millisecond and, as the pause process,
// hold next to no memory. noseparate-code keeps the file to a few pages.
const launcherFlags = (
  '-std=gnu11 -Os -static -nostdlib -ffreestanding -fno-stack-protector -fno-pie -no-pie ' +
  '-fno-asynchronous-unwind-tables -Wall -Wextra -Werror -Wl,--build-id=none ' +
  '-Wl,-z,noseparate-code -s'
).split(' ');

const crossCompilers = {
  x64: { command: 'x86_64-linux-gnu-gcc', packages: 'gcc-x86-64-linux-gnu libc6-dev-amd64-cross' },
  arm64: {
    command: 'aarch64-linux-gnu-gcc',
    packages: 'gcc-aarch64-linux-gnu libc6-dev-arm64-cross',
  },
};

export const addonPath = (arch) => path.join(bin, `nskit-linux-${arch}.node`);
export const launcherPath = (arch) => path.join(bin, `launcher-linux-${arch}`);

export function compileNative(arch = process.arch) {
  const compiler = compilerFor(arch);
  const headers = path.join(root, 'node_modules/node-api-headers/include');
  fs.mkdirSync(bin, { recursive: true });
  compile(compiler, addonPath(arch), [...addonFlags, '-I', headers], addonSources());
  compile(compiler, launcherPath(arch), launcherFlags, launcherSources());
}

// A copy beside the target and a rename: somebody may be running the old file at this moment.
export function replaceFile(source, target) {
  const temporary = `${target}.${process.pid}.tmp`;
  fs.copyFileSync(source, temporary);
  fs.chmodSync(temporary, 0o755);
  fs.renameSync(temporary, target);
}

// The package's commands: each is the launcher under its own name.
export const commands = Object.keys(
  JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8')).bin,
);
export const placeLauncher = () => placeCommands(launcherPath(process.arch));

export function placeCommands(source) {
  for (const name of commands) replaceFile(source, path.join(bin, name));
}

// The launcher looks for Node here first, so a checkout runs on the Node that built it.
export function linkNode() {
  const link = path.join(bin, '.node');
  fs.rmSync(link, { force: true });
  fs.symlinkSync(process.execPath, link);
}

function compilerFor(arch) {
  if (!architectures.includes(arch)) {
    throw new Error(`nskit has no build for ${arch}, only for ${architectures.join(' and ')}.`);
  }
  if (arch !== process.arch) return crossCompilers[arch];
  // CC may carry arguments, as in `CC="ccache gcc"`.
  const [command, ...first] = (process.env.CC || 'cc').split(' ');
  return { command, first, packages: 'gcc libc6-dev' };
}

const sourcesNamed = (wanted) =>
  fs
    .readdirSync(native)
    .filter((name) => wanted(name))
    .sort();
const isLauncherOnly = (name) => /^launch(_.*)?\.c$/.test(name);

// The loop that runs a stored program, free of libc, is the same code in both.
const shared = ['keep.c', 'steps.c', 'supervise.c'];

// layouts.c prints sizes for the tests; it belongs to neither.
const addonSources = () =>
  sourcesNamed((name) => name.endsWith('.c') && !isLauncherOnly(name) && name !== 'layouts.c');
const launcherSources = () => sourcesNamed((name) => isLauncherOnly(name) || shared.includes(name));

function compile(compiler, output, flags, sources) {
  if (isFresh(output)) return;
  const temporary = `${output}.${process.pid}.tmp`;
  const { command, first = [] } = compiler;
  try {
    execFileSync(command, [...first, ...flags, ...sources, '-o', temporary], {
      cwd: native,
      stdio: 'inherit',
    });
    fs.chmodSync(temporary, 0o755);
    fs.renameSync(temporary, output);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw new Error(reasonFor(error, compiler, output), { cause: error });
  }
  console.log(`compiled ${path.relative(root, output)}`);
}

function reasonFor(error, { command, packages }, output) {
  if (error.code === 'ENOENT') {
    return `nskit needs a C compiler and found no ${command}. On Debian: apt-get install ${packages}`;
  }
  return `${command} could not compile ${path.relative(root, output)}: ${error.message.split('\n')[0]}`;
}

// Headers and this file count as sources: a changed flag must compile again.
function isFresh(output) {
  const made = fs.statSync(output, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const inputs = sourcesNamed((name) => /\.[ch]$/.test(name)).map((name) =>
    path.join(native, name),
  );
  return [...inputs, fileURLToPath(import.meta.url)].every(
    (file) => fs.statSync(file).mtimeMs < made,
  );
}

// Says what went wrong without a stack: these are messages for the person at the terminal.
export function orExplain(work) {
  try {
    work();
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const at = process.argv.indexOf('--arch');
  const arch = at < 0 ? process.arch : process.argv[at + 1];
  orExplain(() => {
    compileNative(arch);
    if (arch === process.arch) placeLauncher();
  });
}
