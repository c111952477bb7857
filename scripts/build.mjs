// Builds dist/: tsc for the library and its tests; from that, the scripts that the commands run.

import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { keepCaches } from './compile-cache.mjs';
import { address, link } from './link.mjs';
import { commands } from './native.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const dist = path.join(root, 'dist');

export async function build() {
  removeOrphans();
  compileTypes();
  await linkCommands();
  keepCaches();
}

function compileTypes() {
  const tsc = path.join(root, 'node_modules/typescript/bin/tsc');
  if (!fs.existsSync(tsc)) throw new Error('TypeScript is missing: run `npm ci` first.');
  try {
    execFileSync(process.execPath, [tsc, '--pretty'], { cwd: root, stdio: 'inherit' });
  } catch {
    throw new Error('The types do not check: see above.');
  }
}

// tsc never deletes: without this the compiled copy of a deleted or renamed test runs for ever.
function removeOrphans() {
  if (!fs.existsSync(dist)) return;
  for (const name of fs.readdirSync(dist, { recursive: true })) {
    const source = /^(.*[\\/].*?)(\.d\.ts|\.js|\.js\.map)$/.exec(name)?.[1];
    if (source && !name.startsWith('command') && !fs.existsSync(path.join(root, `${source}.ts`))) {
      fs.rmSync(path.join(dist, name));
    }
  }
}

// The launcher runs dist/NAME.cjs.
async function linkCommands() {
  const entries = commands.map(entryOf);
  await link(dist, entries);
  const start = fs.readFileSync(path.join(root, 'scripts/start.cjs'), 'utf8');
  for (const [i, name] of commands.entries()) {
    fs.writeFileSync(path.join(dist, `${name}.cjs`), start.replace('ENTRY', address(entries[i])));
  }
}

function entryOf(name) {
  const entry = name === 'nskit' ? 'src/cli/main.js' : `src/compat/${name}/main.js`;
  if (fs.existsSync(path.join(dist, entry))) return entry;
  throw new Error(`${name} has no entry point: ${entry.replace(/js$/, 'ts')} is missing.`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    await build();
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
