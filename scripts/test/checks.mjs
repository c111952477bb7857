// The checks that need no test: each is a command that succeeds quietly or explains itself.

import { onPath } from './missing.mjs';

const tool = (name, ...args) => [`node_modules/.bin/${name}`, ...args];
const script = (name, ...args) => [process.execPath, `scripts/${name}.mjs`, ...args];

const checks = [
  { name: 'format', commands: [tool('prettier', '--check', '.')] },
  { name: 'lint', commands: [tool('eslint', '.', '--max-warnings', '0')] },
  {
    name: 'layers',
    commands: [tool('depcruise', 'src', '--config', '.dependency-cruiser.cjs')],
  },
  // The `install` script compiles the C code where it has changed.
  { name: 'build', commands: [script('install'), script('build')], required: true },
  {
    name: 'arm64',
    commands: [script('native', '--arch', 'arm64')],
    needs: process.arch === 'x64' ? 'aarch64-linux-gnu-gcc' : undefined,
  },
];

export function* checksFor({ only, coverage }, tally) {
  const chosen = new Set(only === undefined && !coverage ? checks.map(({ name }) => name) : [only]);
  const isOnlyACheck = checks.some(({ name }) => name === only);
  for (const check of checks) {
    // Tests never run on an old build, even when they are all that was asked for.
    if (!chosen.has(check.name) && !(check.required && !isOnlyACheck)) continue;
    // Looked up late: preparing the machine may just have installed it.
    if (check.needs && !onPath(check.needs)) {
      tally.notRun(`${check.name} check: ${check.needs} is not installed`);
    } else {
      yield check;
    }
  }
}
