/** The launcher's options, as they are collected one by one. */
import type {
  IdMap,
  JoinRequest,
  LaunchInPlaceOptions,
  LaunchedProgram,
  NamespaceKind,
  Privileges,
  ResourceLimits,
} from '../../../index.js';
import type { Grammar } from '../../getopt.js';
import { UsageError, parseInt32, parseList, parseNumber } from '../usage.js';
import * as values from './values.js';

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** What has been read so far. */
export interface Settings {
  readonly kinds: Set<NamespaceKind>;
  readonly launch: Writable<LaunchInPlaceOptions>;
  readonly privileges: Writable<Privileges>;
  readonly maps: { uid?: IdMap; gid?: IdMap; deny: boolean };
  readonly script: { text?: string; isShell: boolean; interpreter: string; becomes: boolean };
  readonly source: { value?: LaunchedProgram['source']; keepOpen: boolean };
  readonly joins: { readonly first: JoinRequest[]; readonly later: JoinRequest[] };
  readonly pidFiles: string[];
  readonly closeFiles: number[];
  limits: ResourceLimits;
  exposed: readonly NamespaceKind[];
  exposesPidfd: boolean;
  clearEnvironment: boolean;
  noExec: boolean;
  escapes: boolean;
  /** `-f`: the user namespace of this descriptor, or our own. */
  userNamespace: number | 'own' | undefined;
}

export function freshSettings(): Settings {
  return {
    kinds: new Set(),
    launch: {},
    privileges: { uid: 0, gid: 0, groups: [] },
    maps: { deny: false },
    script: { isShell: false, interpreter: '/bin/sh', becomes: false },
    source: { keepOpen: false },
    joins: { first: [], later: [] },
    pidFiles: [],
    closeFiles: [],
    limits: {},
    exposed: [],
    exposesPidfd: false,
    clearEnvironment: false,
    noExec: false,
    escapes: false,
    userNamespace: undefined,
  };
}

type Apply = (settings: Settings, value: string) => void;

const newNamespace =
  (kind: NamespaceKind): Apply =>
  ({ kinds }) => {
    kinds.add(kind);
  };

const namespaceOptions: Readonly<Record<string, Apply>> = {
  C: newNamespace('cgroup'),
  i: newNamespace('ipc'),
  m: newNamespace('mnt'),
  n: newNamespace('net'),
  p: newNamespace('pid'),
  U: newNamespace('user'),
  u: newNamespace('uts'),
  O: (s, value) => (s.launch.ownerUid = parseInt32('-O', value)),
  H: (s, value) => (s.launch.hostname = value),
  'uid-map': ({ maps }, value) => (maps.uid = values.parseMap(value)),
  'gid-map': ({ maps }, value) => (maps.gid = values.parseMap(value)),
  'disable-setgroups': ({ maps }) => (maps.deny = true),
  nsenter: ({ joins }, value) => joins.first.push(values.parseJoin('--nsenter', value)),
  'nsenter-post': ({ joins }, value) => joins.later.push(values.parseJoin('--nsenter-post', value)),
  f: (s, value) => (s.userNamespace = value.startsWith('i') ? 'own' : parseInt32('-f', value)),
  'set-tid': (s, value) => (s.launch.pids = parseList('--set-tid', value)),
  E: (s) => (s.launch.unsafe = true),
};

const credentialOptions: Readonly<Record<string, Apply>> = {
  S: ({ privileges }, value) => (privileges.uid = parseInt32('-S', value)),
  G: ({ privileges }, value) => (privileges.gid = parseInt32('-G', value)),
  N: ({ privileges }) => {
    privileges.uid = undefined;
    privileges.gid = undefined;
  },
  g: ({ privileges }) => (privileges.groups = undefined),
  groups: ({ privileges }, value) => (privileges.groups = parseList('--groups', value)),
  I: ({ privileges }, value) => (privileges.inheritable = parseNumber('-I', value)),
  k: ({ privileges }) => (privileges.inheritable = 'permitted'),
  a: ({ privileges }, value) =>
    (privileges.ambient = value === 'inherit' ? 'inheritable' : parseNumber('-a', value)),
  b: ({ privileges }, value) => (privileges.bounding = parseNumber('-b', value)),
  B: ({ privileges }, value) => (privileges.securebits = parseInt32('-B', value)),
  // They stay until the program is executed in any case.
  q: () => undefined,
  D: ({ privileges }) => (privileges.noNewPrivileges = true),
};

const fileSystemOptions: Readonly<Record<string, Apply>> = {
  r: (s, value) => (s.launch.root = { by: 'pivot', directory: value, isMount: true }),
  t: (s) => (s.launch.proc = '/proc'),
  R: (s, value) => (s.launch.propagation = values.parsePropagation(value)),
};

const scriptOptions: Readonly<Record<string, Apply>> = {
  x: ({ script }, value) => (script.text = value),
  d: ({ script }) => (script.isShell = true),
  e: ({ script }, value) => (script.interpreter = value),
  F: ({ script }) => (script.becomes = true),
  X: (s, value) => {
    const type = values.parsePair(value);
    s.launch.socketPair =
      type === undefined ? undefined : { type, variable: 'CONTAINER_LAUNCHER_UNIX_FD' };
  },
  'open-namespaces': (s, value) => (s.exposed = values.parseKinds('--open-namespaces', value)),
  pidfd: (s) => (s.exposesPidfd = true),
};

const processOptions: Readonly<Record<string, Apply>> = {
  w: (s) => (s.launch.wait = true),
  s: (s) => (s.launch.newSession = true),
  L: (s, value) => (s.launch.logFile = value),
  V: (s) => (s.clearEnvironment = true),
  M: (s, value) => (s.launch.emptyFile = value),
  K: (s, value) => (s.launch.lockFile = value),
  P: ({ pidFiles }, value) => pidFiles.push(value),
  Q: (s, value) => (s.launch.timerSlackNs = parseNumber('-Q', value)),
  v: (s, value) => (s.launch.hugePages = parseNumber('-v', value) === 0n),
  rlimit: (s, value) => (s.limits = { ...s.limits, ...values.parseLimit(value) }),
  fork: (s) => (s.launch.fork = 'stay'),
  'fork-daemon': (s) => (s.launch.fork = 'leave'),
  'notify-fd': (s, value) => (s.launch.readyFile = parseInt32('--notify-fd', value)),
  'close-fd': ({ closeFiles }, value) => closeFiles.push(parseInt32('--close-fd', value)),
  'alloc-tty': (s) => setConsole(s, 'terminal'),
  'alloc-pipe': (s) => setConsole(s, 'pipes'),
};

function setConsole({ launch }: Settings, console: 'terminal' | 'pipes'): void {
  if (launch.console !== undefined && launch.console !== console) {
    throw new UsageError('--alloc-tty and --alloc-pipe exclude each other');
  }
  launch.console = console;
}

const programOptions: Readonly<Record<string, Apply>> = {
  'no-exec': (s) => (s.noExec = true),
  'exec-fd': ({ source }, value) => (source.value = { descriptor: parseInt32('--exec-fd', value) }),
  'exec-file': ({ source }, value) => (source.value = { file: value }),
  'exec-file-host': ({ source }, value) => (source.value = { outerFile: value }),
  'exec-anon-fd': ({ source }) => (source.value = 'memory'),
  'exec-no-cloexec': ({ source }) => (source.keepOpen = true),
  escape: (s) => (s.escapes = true),
  // Of the original's: it refuses some options without --escape, which are not refused here.
  'unsafe-no-escape': () => undefined,
};

export const launcherOptions: Readonly<Record<string, Apply>> = {
  ...namespaceOptions,
  ...credentialOptions,
  ...fileSystemOptions,
  ...scriptOptions,
  ...processOptions,
  ...programOptions,
};

export const launcherGrammar: Grammar = {
  short: 'CimnpUuS:G:gNswx:I:ka:b:f:B:O:tER:L:H:X:de:r:VM:K:P:FDQ:v:q',
  stopsAtOperand: true,
  long: {
    'alloc-pipe': ['none'],
    'alloc-tty': ['none'],
    'ambient-caps': ['required', 'a'],
    'bounding-caps': ['required', 'b'],
    cgroup: ['none', 'C'],
    clearenv: ['none', 'V'],
    'close-fd': ['required'],
    'disable-setgroups': ['none'],
    emptyfile: ['required', 'M'],
    escape: ['none'],
    'exec-anon-fd': ['none'],
    'exec-fd': ['required'],
    'exec-file': ['required'],
    'exec-file-host': ['required'],
    'exec-no-cloexec': ['none'],
    fork: ['none'],
    'fork-daemon': ['none'],
    gid: ['required', 'G'],
    'gid-map': ['required'],
    groups: ['required'],
    hostname: ['required', 'H'],
    'inh-all': ['none', 'k'],
    'inh-caps': ['required', 'I'],
    ipc: ['none', 'i'],
    keepcaps: ['none', 'q'],
    lockfile: ['required', 'K'],
    'log-file': ['required', 'L'],
    mount: ['none', 'm'],
    'mount-proc': ['none', 't'],
    net: ['none', 'n'],
    network: ['none', 'n'],
    'no-clear-groups': ['none', 'g'],
    'no-exec': ['none'],
    'no-new-privs': ['none', 'D'],
    'no-set-id': ['none', 'N'],
    'notify-fd': ['required'],
    nsenter: ['required'],
    'nsenter-post': ['required'],
    'open-namespaces': ['required'],
    'owner-uid': ['required', 'O'],
    pid: ['none', 'p'],
    pidfd: ['none'],
    'pivot-root': ['required', 'r'],
    propagation: ['required', 'R'],
    rlimit: ['required'],
    script: ['required', 'x'],
    'script-interpreter': ['required', 'e'],
    'script-is-shell': ['none', 'd'],
    'script-no-fork': ['none', 'F'],
    securebits: ['required', 'B'],
    'set-tid': ['required'],
    setsid: ['none', 's'],
    socketpair: ['required', 'X'],
    'thp-disable': ['required', 'v'],
    timerslack: ['required', 'Q'],
    uid: ['required', 'S'],
    'uid-map': ['required'],
    unsafe: ['none', 'E'],
    'unsafe-no-escape': ['none'],
    user: ['none', 'U'],
    'userns-fd': ['required', 'f'],
    uts: ['none', 'u'],
    wait: ['none', 'w'],
    'write-pid': ['required', 'P'],
  },
};
