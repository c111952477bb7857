/** Entering namespaces that exist: setns(2) by an open file, a path, or a process. */
import { close, kernel, open, setns, type Program } from '../../native/index.js';
import { cloneFlags, describeKinds, flagsOf, kindWords, type NamespaceKind } from '../kinds.js';
import type { JoinRequest } from './options.js';

/** The user namespace first, because it grants the others; the mounts last: they change paths. */
const order: readonly NamespaceKind[] = [
  'user',
  'cgroup',
  'ipc',
  'net',
  'uts',
  'pid',
  'time',
  'mnt',
];

const FLAGS = kernel.O_NONBLOCK | kernel.O_NOCTTY;

export function joinSteps({ kinds, from }: JoinRequest): Program {
  const sentence = `join the ${describeKinds(kinds)} namespace`;
  if ('fd' in from) {
    const joined = setns(sentence, from.fd, flagsOf(kinds));
    return from.close === true ? [joined, close(sentence, from.fd)] : [joined];
  }
  if ('path' in from) {
    const file = open(`open ${from.path}`, from.path, { flags: FLAGS });
    return [file, setns(sentence, file, flagsOf(kinds)), close(sentence, file)];
  }
  const { procFolder } = from;
  const flags = FLAGS | kernel.O_DIRECTORY;
  const folder = open(`open ${procFolder}`, procFolder, { flags });
  return [
    folder,
    ...order.filter((kind) => kinds.includes(kind)).flatMap((kind) => joinOf(folder, kind)),
    close('leave the folder', folder),
  ];
}

function joinOf(folder: ReturnType<typeof open>, kind: NamespaceKind): Program {
  const word = kindWords[kind];
  const file = open(`open its ${word} namespace`, `ns/${kind}`, { flags: FLAGS, at: folder });
  const joined = setns(`join its ${word} namespace`, file, cloneFlags[kind]);
  return [file, joined, close('leave the file', file)];
}
