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
  close,
  createFile,
  forgiving,
  jump,
  kernel,
  label,
  mount,
  orElse,
  step,
  unmount,
  write,
  type Program,
  type Step,
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

/**
 * The topmost layer, which gives /etc its owner and mode: a folder of the user's may be 0700. It is
 * a tmpfs with no more than what we write, and lies where nobody keeps such a folder, only until the overlay holds it.
 */
const TOP = '/sys';

/** Texts over files of /etc, by their paths: `/etc/resolv.conf`, whatever that is on the host. */
export type EtcTexts = Readonly<Record<string, string>>;

export function layTexts(texts: EtcTexts): Program {
  return overlaySteps([], texts);
}

/** Mounts on files of /etc (a container's resolv.conf) would be hidden: they are put back. */
function overlaySteps(present: readonly string[], texts: EtcTexts = {}): Program {
  const covered = mountsBelow('/etc').filter(
    (path) =>
      !Object.hasOwn(texts, path) &&
      !present.some((folder) => existsSync(join(folder, path.slice('/etc/'.length)))),
  );
  const kept = covered.map((path) => forgiving(cloneMount(`keep the mount on ${path}`, path)));
  // No layer may lie inside another one: what is in /etc becomes an overlay of its own first, on
  // the folder itself, because that is out of sight once all is done.
  const inner = present.find((folder) => folder.startsWith('/etc/'));
  return [
    ...kept,
    mount('make an empty folder', TOP, { source: 'nskit', type: 'tmpfs', data: 'mode=0755' }),
    ...Object.entries(texts).flatMap(([path, text]) => writeOnTop(path, text)),
    ...(inner === undefined
      ? [layOver('/etc', [TOP, ...present, '/etc'])]
      : [layOver(inner, [TOP, ...present]), layOver('/etc', [inner, '/etc'])]),
    unmount(TOP, kernel.MNT_DETACH),
    ...kept.map((tree, i) =>
      forgiving(attachMount(`put back ${covered[i] ?? ''}`, tree, covered[i] ?? '')),
    ),
  ];
}

/** Everybody may read it, whatever the umask is. */
function writeOnTop(path: string, text: string): Program {
  const sentence = `write ${path} of the inside`;
  const file = createFile(sentence, join(TOP, path.slice('/etc/'.length)));
  return [
    file,
    write(sentence, file, text),
    step(sentence, 'fchmod', [file, 0o644]),
    close(sentence, file),
  ];
}

function layOver(target: string, layers: readonly string[]): Step {
  return mount('lay the files of this name over /etc', target, {
    source: 'overlay',
    type: 'overlay',
    data: `lowerdir=${layers.map(escapeOverlayPath).join(':')}`,
  });
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
