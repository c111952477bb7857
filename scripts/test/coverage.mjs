// Line coverage over whatever stages run: V8 writes what each process executed, c8 maps it back to
// the sources. Processes that may not write files (inside a sandbox) do not count.

import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

export function withCoverage(machine) {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'nskit-coverage-'));
  // Several users write here.
  fs.chmodSync(directory, 0o1777);
  const measured = ({ become, env }) => ({
    become,
    env: { ...env, NODE_V8_COVERAGE: directory },
  });
  const entries = Object.entries(machine.identities);
  const identities = entries.map(([name, identity]) => [name, measured(identity)]);
  return { ...machine, identities: Object.fromEntries(identities), coverage: directory };
}

export function reportCoverage({ coverage }, place) {
  const report = path.join(coverage, 'report');
  const options = ['--all', '--src', 'src', '--include', 'src/**', '--exclude-after-remap'];
  const reporter = ['--reporter', 'json-summary', '--reports-dir', report];
  const c8 = ['node_modules/c8/bin/c8.js', 'report', '--temp-directory', coverage];
  execFileSync(process.execPath, [...c8, ...options, ...reporter], { cwd: place.directory });
  print(JSON.parse(fs.readFileSync(path.join(report, 'coverage-summary.json'), 'utf8')), place);
  fs.rmSync(coverage, { recursive: true, force: true });
}

function print({ total, ...files }, { directory }) {
  const rows = Object.entries(files).map(([file, { lines }]) => ({
    name: path.relative(directory, file),
    ...lines,
  }));
  const untouched = rows.filter(({ covered }) => covered === 0);
  const touched = rows.filter(({ covered }) => covered > 0).sort((a, b) => a.pct - b.pct);
  console.log('\nLine coverage');
  for (const { pct, name } of touched) console.log(`${pct.toFixed(1).padStart(7)} %  ${name}`);
  console.log(`${total.lines.pct.toFixed(1).padStart(7)} %  all of src`);
  if (untouched.length > 0) console.log('\nNot covered at all:');
  untouched.forEach(({ name }) => console.log(`  ${name}`));
}
