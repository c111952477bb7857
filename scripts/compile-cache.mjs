// Keeps what V8 makes of the commands' scripts, beside each: `node scripts/compile-cache.mjs`. It
// fits the V8 that made it; another one ignores it. scripts/start.cjs is what uses it.
//
// What V8 keeps is what it has compiled, and it compiles what runs: so command lines are rehearsed.

import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import vm from 'node:vm';

const self = fileURLToPath(import.meta.url);
const dist = path.join(path.dirname(path.dirname(self)), 'dist');

// Each adds to what those before it left. They are those of which people notice how quick they are,
// as far as they change nothing; more of them would make the caches longer, and all commands slower.
const rehearsed = [
  'nskit --version',
  'nskit list',
  'nskit list --json',
  'nskit identify',
  'nskit path none',
];

// For the scripts that none of those reads: what is kept of theirs makes no other command slower.
const rehearsedForTheRest = ['nskit run --uplink -- true'];

export function keepCaches() {
  const runtime = fs.mkdtempSync(path.join(os.tmpdir(), 'nskit-rehearsal-'));
  const env = { PATH: process.env.PATH, XDG_RUNTIME_DIR: runtime };
  const run = (line, env) =>
    spawnSync(process.execPath, [self, ...line.split(' ')], { env, stdio: 'ignore' });
  for (const line of rehearsed) run(line, env);
  for (const line of rehearsedForTheRest) run(line, { ...env, ONLY_NEW: '1' });
  fs.rmSync(runtime, { recursive: true });
}

async function rehearse([command, ...args]) {
  const seen = [];
  vm.Script = class extends vm.Script {
    constructor(source, options) {
      super(source, options);
      seen.push({ hash: source.slice(-64), file: `${options.filename}.cache`, script: this });
    }
  };
  process.once('exit', () => seen.forEach(keep));
  const start = path.join(dist, `${command}.cjs`);
  process.argv = [process.execPath, start, ...args];
  await import(start);
}

function keep({ hash, file, script }) {
  if (process.env.ONLY_NEW && fs.existsSync(file)) return;
  const temporary = `${file}.${process.pid}.tmp`;
  fs.writeFileSync(temporary, Buffer.concat([Buffer.from(hash), script.createCachedData()]));
  fs.renameSync(temporary, file);
}

const args = process.argv.slice(2);
if (process.argv[1] === self) await (args.length === 0 ? keepCaches() : rehearse(args));
