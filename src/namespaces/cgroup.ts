/**
 * Out of the cgroup (cgroups(7)) of whoever started a process, where the user may: that of a terminal's
 * window or of a script is ended with it, and so is what is in it. Where systemd keeps a manager for
 * the user, all below `user@UID.service` is the user's, and the manager's own group, `init.scope`,
 * lives as long as the user is logged in: a process joins that, and no group is made that somebody
 * would have to remove. Out of a login's session (`session-N.scope`) only root moves it; it stays then.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  close,
  forgiving,
  kernel,
  label,
  open,
  orElse,
  write,
  type Program,
} from '../native/index.js';
import { outerUid } from './state-directory.js';

export function leaveCgroup(): Program {
  const group = managersGroup();
  if (group === undefined) return [];
  const sentence = 'leave the cgroup';
  const stays = label('in the cgroup it belongs in');
  const file = open(sentence, join(group, 'cgroup.procs'), { flags: kernel.O_WRONLY });
  return [
    orElse(file, stays),
    // 0 is whoever writes.
    forgiving(write(sentence, file, '0')),
    close(sentence, file),
    stays,
  ];
}

/** In the cgroup file system; undefined when there is none, or we are in it. */
function managersGroup(): string | undefined {
  const [, own] = /^0::(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8')) ?? [];
  const mounted = mountPoint();
  if (own === undefined || mounted === undefined) return undefined;
  const uid = outerUid();
  const [manager = `/user.slice/user-${uid}.slice/user@${uid}.service`] =
    new RegExp(`^.*/user@${uid}\\.service(?=/|$)`).exec(own) ?? [];
  const group = `${manager}/init.scope`;
  return own === group ? undefined : join(mounted, group);
}

/** proc_pid_mountinfo(5): the root is the fourth word, the place the fifth; the type follows a dash. */
function mountPoint(): string | undefined {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  const found = mounts.find((line) => / - cgroup2 /.test(line) && line.split(' ')[3] === '/');
  return found?.split(' ')[4];
}
