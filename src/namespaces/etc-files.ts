/**
 * Files over /etc inside a named namespace, as ip-netns(8) has them: what lies in
 * /etc/netns/NAME and ~/.config/nskit/netns/NAME, and what was given with --file. They are layers
 * of one read-only overlay over the host's /etc: a bind mount over a single file would be undone
 * when the host replaces that file by rename, and could add none.
 */
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import {
  Block,
  attachMount,
  cloneMount,
  forgiving,
  jump,
  kernel,
  label,
  mount,
  orElse,
  step,
  type Program,
} from '../native/index.js';

/** Folders whose files appear over /etc, the first one on top, whether they exist or not. */
export function etcFolders(name: string, given?: string): string[] {
  const config = process.env['XDG_CONFIG_HOME'];
  const home = config?.startsWith('/') === true ? config : join(homedir(), '.config');
  const folders = [join(home, 'nskit', 'netns', name), join('/etc/netns', name)];
  return given === undefined ? folders : [given, ...folders];
}

export interface EtcSteps {
  /** Before any namespace is entered: a stored program that has become stale is given to Node. */
  readonly check: Program;
  readonly apply: Program;
}

export function etcSteps(folders: readonly string[]): EtcSteps {
  const present = folders.filter((folder) => existsSync(folder));
  return {
    check: staleCheck(folders, present),
    apply: present.length === 0 ? [] : overlaySteps(present),
  };
}

/** A folder that came or went since the program was written changes the program. */
function staleCheck(folders: readonly string[], present: readonly string[]): Program {
  return folders.flatMap((folder) => {
    const goOn = label('the same folders as when this was written');
    const defer = step('make this program anew', 'defer', []);
    const stale = label('not the same folders');
    const look = step(`look for ${folder}`, 'statx', [kernel.AT_FDCWD, folder, 0, 0, statBlock]);
    return present.includes(folder)
      ? [orElse(look, stale), jump(goOn), stale, defer, goOn]
      : [orElse(look, goOn), defer, goOn];
  });
}

const statBlock = new Block(256);

/** Mounts on files of /etc (a container's resolv.conf) would be hidden: they are put back. */
function overlaySteps(present: readonly string[]): Program {
  const covered = mountsBelow('/etc').filter(
    (path) => !present.some((folder) => existsSync(join(folder, path.slice('/etc/'.length)))),
  );
  const kept = covered.map((path) => forgiving(cloneMount(`keep the mount on ${path}`, path)));
  const lowerdir = [...present, '/etc'].map(escapeOverlayPath).join(':');
  return [
    ...kept,
    mount('lay the files of this name over /etc', '/etc', {
      source: 'overlay',
      type: 'overlay',
      data: `lowerdir=${lowerdir}`,
    }),
    ...kept.map((tree, i) =>
      forgiving(attachMount(`put back ${covered[i] ?? ''}`, tree, covered[i] ?? '')),
    ),
  ];
}

/** ":" separates layers and "," options. */
export function escapeOverlayPath(path: string): string {
  return path.replace(/[\\:,]/g, (character) => `\\${character}`);
}

/** Mount points strictly below a folder, from /proc/self/mountinfo (proc_pid_mountinfo(5)). */
export function mountsBelow(folder: string): string[] {
  const points = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => unescapeMountPoint(line.split(' ')[4] ?? ''));
  return [...new Set(points.filter((point) => point.startsWith(`${folder}/`)))];
}

function unescapeMountPoint(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}
