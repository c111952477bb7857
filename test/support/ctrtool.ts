/** Starts the real bin/ctrtool, by its name or by a link to it. */
import { dirname, join } from 'node:path';
import { nskitPath, run, type Ended, type RunSettings } from './nskit.js';

export const ctrtoolPath = join(dirname(nskitPath), 'ctrtool');

/** Scripts call it by its name. */
export const pathWithCtrtool = `${dirname(ctrtoolPath)}:${process.env['PATH'] ?? ''}`;

const environment = { ...process.env, PATH: pathWithCtrtool };

/** `ctrtool ARGS`, to its end. */
export function ctrtool(args: readonly string[], settings: RunSettings = {}): Ended {
  return run(ctrtoolPath, args, { env: environment, ...settings });
}

const [uid = 0, gid = 0] = [process.geteuid?.(), process.getegid?.()];

/** A user namespace in which 0 is the caller, as an ordinary user can have it. */
export const ownUser = [
  ...['-U', '-g', '--disable-setgroups'],
  ...[`--uid-map=0.${uid}.1`, `--gid-map=0.${gid}.1`],
] as const;

/** `ctrtool launcher` in a user namespace of its own, waiting. */
export function launcher(args: readonly string[], settings: RunSettings = {}): Ended {
  return ctrtool(['launcher', ...ownUser, '--wait', ...args], settings);
}

/** `ctrtool mount_seq ARGS` in mounts of its own in a folder, then a look at what it has left. */
export function mountSeq(folder: string, args: readonly string[], look = 'true'): Ended {
  const script = `ctrtool mount_seq "$@"; code=$?; ${look}; exit $code`;
  return run('unshare', ['-rm', 'sh', '-c', script, 'sh', ...args], {
    env: environment,
    cwd: folder,
  });
}

/** Shell: the mount points below the working directory, with their options and file systems. */
export const mountsHere = `awk -v f="$PWD/" 'index($5, f) == 1 {
  sub(f, "", $5); for (i = 7; $i != "-"; i++); print $5, $6, $(i + 1) }' /proc/self/mountinfo`;

/** Python: what each descriptor handed over is, by the variables alone. */
export const showDescriptors = `
import os, socket
for name in sorted(n for n in os.environ if n.startswith("CTRTOOL_NS_OPEN_FILE_FD_")):
    fd = int(os.environ[name]); number = name.rsplit("_", 1)[1]
    if fd < 0: print(number, fd); continue
    link = os.readlink("/proc/self/fd/%d" % fd)
    if not link.startswith("socket:"): print(number, link); continue
    s = socket.socket(fileno=fd)
    family = getattr(s.family, "name", s.family)
    print(number, family, s.type.name, s.proto, s.getsockname(), os.get_blocking(fd))
`;

/** The lines of showDescriptors, for `ctrtool ns_open_file ARGS`. */
export function openedBy(...args: string[]): string[] {
  const call = ['ns_open_file', ...args, 'python3', '-c', showDescriptors];
  const { status, stdout, stderr } = ctrtool(call);
  if (status !== 0 || stderr !== '') throw new Error(`${status}: ${stderr}`);
  return stdout.trim().split('\n');
}
