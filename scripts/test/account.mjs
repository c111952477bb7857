// The ordinary user the tests run as when root starts them, and that user's subordinate ids.

import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';

const rangeSize = 65536;

export function ensureAccount(name) {
  if (!find(name)) {
    execFileSync('useradd', ['--create-home', '--user-group', '--shell', '/bin/bash', name]);
  }
  for (const file of ['/etc/subuid', '/etc/subgid']) ensureRange(file, name);
  return find(name);
}

function find(name) {
  const { status, stdout } = spawnSync('getent', ['passwd', name], { encoding: 'utf8' });
  if (status !== 0) return undefined;
  const [, , uid, gid, , home] = stdout.trim().split(':');
  return { name, uid: Number(uid), gid: Number(gid), home };
}

// useradd has often done this already. The new range comes after all others, so that no two users
// share an id.
function ensureRange(file, name) {
  const ranges = readRanges(file);
  if (ranges.some(({ owner }) => owner === name)) return;
  const start = Math.max(100_000, ...ranges.map((range) => range.start + range.count));
  fs.appendFileSync(file, `${name}:${start}:${rangeSize}\n`);
}

export function readRanges(file) {
  if (!fs.existsSync(file)) return [];
  const lines = fs.readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => {
    const [owner, start, count] = line.split(':');
    return { owner, start: Number(start), count: Number(count) };
  });
}
