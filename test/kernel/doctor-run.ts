/** Runs the real `nskit doctor --json`, in surroundings of a test's own making. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { packageFolder, type Diagnosis } from '../../src/index.js';

export const nskit = join(packageFolder(), 'bin/nskit');

export interface Report {
  readonly status: number | null;
  readonly works: boolean;
  readonly checks: readonly Diagnosis[];
}

export function parse(status: number | null, stdout: string, stderr: string): Report {
  assert.equal(stderr, '');
  return { status, ...(JSON.parse(stdout) as Omit<Report, 'status'>) };
}

export function doctorBy(wrapper: readonly string[], env: Record<string, string> = {}): Report {
  const args = [...wrapper, nskit, 'doctor', '--json'];
  const result = spawnSync('/usr/bin/env', args, {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  return parse(result.status, result.stdout, result.stderr);
}

/** In a user and mount namespace, after a shell script. */
export function doctorAfter(script: string, ...unshareOptions: readonly string[]): Report {
  const shell = ['unshare', '-Urm', ...unshareOptions, 'sh', '-ec', `${script}\nexec "$@"`, 'sh'];
  return doctorBy(shell);
}

export function check({ checks }: Report, id: string): Diagnosis {
  const found = checks.find((each) => each.id === id);
  assert.ok(found, `no check ${id}`);
  return found;
}

export function assertFinding(
  report: Report,
  id: string,
  status: string,
  blocker: RegExp,
): Diagnosis {
  const found = check(report, id);
  assert.equal(found.status, status, JSON.stringify(found));
  assert.match(found.blocker ?? '', blocker);
  assert.ok(found.fix, `no fix for ${id}`);
  return found;
}
