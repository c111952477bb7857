/** /etc of an isolated namespace: the host's, read-only, with the files of the name laid over it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { kernel, mount, type Program } from '../../native/index.js';
import { escapeOverlayPath, mountsBelow } from '../etc-files.js';
import { piece, type Piece, type Tree } from './tree.js';

const ATTRIBUTES = kernel.MOUNT_ATTR_RDONLY | kernel.MOUNT_ATTR_NOSUID | kernel.MOUNT_ATTR_NODEV;

/** The folder that gives the merged /etc its owner and mode: a folder of a name may be 0700. */
const TOP = '/.etc';

export interface EtcPieces {
  readonly pieces: readonly Piece[];
  /** Once the old root is at this path. */
  apply(oldRoot: string, tree: Tree): Program;
}

export function etcPieces(folders: readonly string[]): EtcPieces {
  const present = folders.filter((folder) => existsSync(folder));
  if (present.length === 0) {
    const etc = piece('/etc', { isFolder: true, attributes: ATTRIBUTES });
    return { pieces: [etc], apply: (_, tree) => tree.attach(etc) };
  }
  // An overlay shows no mounts that lie on its layers (a container's resolv.conf).
  const covered = mountsBelow('/etc')
    .filter((path) => existsSync(path))
    .filter((path) => !present.some((folder) => existsSync(join(folder, path.slice(5)))))
    .map((path) => piece(path, { isFolder: false, attributes: ATTRIBUTES }));
  return {
    pieces: covered,
    apply: (oldRoot, tree) => [
      ...tree.folder(TOP),
      ...tree.folder('/etc'),
      layOver([TOP, ...[...present, '/etc'].map((folder) => oldRoot + folder)]),
      ...covered.flatMap((each) => tree.attach(each)),
    ],
  };
}

function layOver(layers: readonly string[]): Program[number] {
  return mount('lay the files of this name over /etc', '/etc', {
    source: 'overlay',
    type: 'overlay',
    flags: kernel.MS_RDONLY | kernel.MS_NOSUID | kernel.MS_NODEV,
    data: `lowerdir=${layers.map(escapeOverlayPath).join(':')}`,
  });
}
