/**
 * `ctrtool mount_seq`: mounts and what belongs to them, one after the other. As in the original, what
 * was done stays done when a later step fails; mountSequence of the library takes it back.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { host, mountSequence, passOnCallersFiles, type MountStep } from '../../../index.js';
import { writeError } from '../../write-error.js';
import type { Call } from '../call.js';
import { reason } from '../failure.js';
import { readSteps, type SeqStep } from './options.js';

const status = { done: 0, wentOn: 2, failed: 3 };

/** A path that is refused ends the sequence whatever the step says; a failure only without -e. */
type End = 'done' | 'failed' | 'refused';

export async function run({ name, args }: Call): Promise<number> {
  const steps = readSteps(name, args);
  passOnCallersFiles();
  let hasFailed = false;
  for (const step of steps) {
    const end = await take(step);
    if (end === 'refused' || (end === 'failed' && !step.goesOn)) return status.failed;
    hasFailed ||= end === 'failed';
    if (step.syncs) await mountSequence([{ sync: true }]);
  }
  return hasFailed ? status.wentOn : status.done;
}

async function take(step: SeqStep): Promise<End> {
  if (step.letter === 'S') return runByShell(step.target);
  if (step.letter === 'l' && step.source === undefined) {
    writeError(`-l ${step.target} needs -s, the text of the link`);
    return 'refused';
  }
  try {
    if (step.letter === 'c') await changeDirectory(step);
    else await mountSequence([asStep(step)], { undo: false });
    return 'done';
  } catch (error) {
    const { syscall } = error as { syscall?: unknown };
    writeError(`${about(step, error)}: ${reason(error)}`);
    return syscall === 'openat2' ? 'refused' : 'failed';
  }
}

function runByShell(command: string): End {
  const { status: code } = spawnSync('/bin/sh', ['-c', command], { stdio: 'inherit' });
  return code === 0 ? 'done' : 'failed';
}

/** For the steps that follow, so it is this process that moves. */
async function changeDirectory({ target, followsLinks }: SeqStep): Promise<void> {
  if (followsLinks) {
    process.chdir(target);
    return;
  }
  using checked = await host.openFile(target, { flags: O_PATH, resolve: ['no-symlinks'] });
  const path = `/proc/self/fd/${checked.fd}`;
  // Through the descriptor, so that no link can take its place in between; where there is a /proc.
  process.chdir(existsSync(path) ? path : target);
}

const O_PATH = 0o10000000;

function asStep(step: SeqStep): MountStep {
  const { letter, target, followsLinks: followLinks, source } = step;
  switch (letter) {
    case 'D':
      return { makeDirectory: target, mode: step.mode, mayExist: step.mayExist, followLinks };
    case 'u':
      return { unmount: target, flags: step.unmountFlags, followLinks };
    case 'l':
      return { symlink: target, to: source ?? '', followLinks };
    default:
      return { ...mountOf(step), followLinks };
  }
}

function mountOf(step: SeqStep): MountStep {
  const { target: mount, source, type, data, makesDirectory, makesFile } = step;
  return {
    mount,
    // A file system needs none, and this one names nothing.
    ...(source === undefined
      ? { source: '/dev/null', followSourceLinks: true }
      : { source, followSourceLinks: step.followsSourceLinks }),
    ...{ type, data, flags: step.mountFlags },
    make: makesDirectory ? 'directory' : makesFile ? 'file' : undefined,
    mustBeNew: step.mustBeNew,
    remount: step.remounts,
  };
}

/** What the original's messages begin with. */
function about({ target, source }: SeqStep, error: unknown): string {
  const { syscall = '', path = target } = error as { syscall?: string; path?: string };
  switch (syscall) {
    case 'openat2':
      return `Checking ${path} for symlinks`;
    case 'mount':
      return `Mounting ${source ?? '/dev/null'} on ${target} failed`;
    case 'mkdirat':
      return `mkdir ${target}`;
    case 'mknodat':
      return `mknod ${target}`;
    case 'fchmodat':
      return `chmod ${target}`;
    case 'symlinkat':
      return `symlink ${target} to ${source ?? ''}`;
    case 'chdir':
      return `cd ${target}`;
    default:
      return `${syscall} ${target}`;
  }
}
