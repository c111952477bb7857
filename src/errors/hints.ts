/**
 * What to do about an error. One table by system call and code; entries look at the system only
 * after a failure. A hint names the fix, not the error again.
 */
import { readFileSync } from 'node:fs';

type Hint = string | (() => string | undefined);

const hints: Record<string, Hint> = {
  'unshare EPERM': userNamespaceHint,
  // Ubuntu 24.04 lets the namespace be made and refuses what follows.
  'unshare EACCES': userNamespaceHint,
  'mount EACCES': userNamespaceHint,
  'write EPERM': userNamespaceHint,
  'unshare ENOSPC': limitHint,
  'clone ENOSPC': limitHint,
  'unshare EINVAL': 'the kernel lacks one of these kinds of namespace',
  'clone EAGAIN': 'the limit of processes is reached: see "ulimit -u"',
  'open EMFILE': 'the limit of open files is reached: see "ulimit -n"',
  'setns EPERM':
    'only the owner of a namespace, or root, may enter it; from inside another user namespace the outer ones are closed',
  'setns EINVAL': 'the file is no namespace of this kind, or already the one we are in',
  'open EACCES': 'the process or file belongs to another user, or to an outer user namespace',
  'open ENOSPC': 'the disk is full',
  'write ENOSPC': 'the disk is full',
  'execve ENOENT': 'no such program in PATH inside; give its full path, or install it',
  'execve EACCES': 'the file is not executable, or lies in a folder that may not be entered',
  'execve ENOEXEC': 'the file is no program for this machine',
};

export function hintFor(syscall: string, code: string): string | undefined {
  const hint = hints[`${syscall} ${code}`];
  return typeof hint === 'function' ? hint() : hint;
}

function sysctl(path: string): string | undefined {
  try {
    return readFileSync(`/proc/sys/${path}`, 'utf8').trim();
  } catch {
    return undefined;
  }
}

function userNamespaceHint(): string {
  if (sysctl('kernel/unprivileged_userns_clone') === '0') {
    return 'user namespaces are switched off: sudo sysctl kernel.unprivileged_userns_clone=1';
  }
  if (sysctl('kernel/apparmor_restrict_unprivileged_userns') === '1') {
    return 'AppArmor restricts user namespaces: sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0, or a profile for nskit (see "nskit doctor")';
  }
  return 'without root this needs a user namespace of its own, and those may be refused here (a chroot, seccomp, a container): see "nskit doctor"';
}

function limitHint(): string {
  const empty = ['user', 'net', 'mnt', 'pid', 'uts', 'ipc', 'cgroup', 'time'].filter(
    (kind) => sysctl(`user/max_${kind}_namespaces`) === '0',
  );
  if (empty.length === 0) {
    return 'the limit of namespaces is reached: delete some, or raise user.max_*_namespaces (sysctl)';
  }
  const names = empty.map((kind) => `user.max_${kind}_namespaces`).join(', ');
  return `${names} is 0: sudo sysctl ${names.split(', ')[0] ?? ''}=10000`;
}
