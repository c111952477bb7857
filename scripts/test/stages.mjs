// The test stages, in the order they run: what fails fastest, and explains most, comes first.

import * as fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const stages = [
  { name: 'unit', identity: 'user', concurrency: os.availableParallelism(), needsKernel: false },
  // One file at a time: these share the kernel's limits, the user's names and two processors.
  { name: 'kernel', identity: 'user', concurrency: 1, needsKernel: true },
  { name: 'root', identity: 'root', concurrency: 1, needsKernel: true },
];

export const stagesFor = ({ only }) =>
  only === undefined ? stages : stages.filter(({ name }) => name === only);

// What a new Node could break: nearly everything, but it would show in these.
const telling = { unit: /./, kernel: /^(handles|native|names(?!-crash))/ };

export const stagesForLts = ({ complete }) =>
  ['unit', 'kernel'].map((wanted) => {
    const stage = stages.find(({ name }) => name === wanted);
    return complete ? stage : { ...stage, isPart: (name) => telling[wanted].test(name) };
  });

export function filesOf(stage, directory, match = '') {
  const folder = path.join(directory, 'dist/test', stage.name);
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith('.test.js') && name.includes(match))
    .filter((name) => stage.isPart?.(name) ?? true)
    .sort()
    .map((name) => path.join(folder, name));
}
