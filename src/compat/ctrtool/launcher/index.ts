/** `ctrtool launcher`: a program in new namespaces, with a script outside while it waits. */
import {
  NskitError,
  becomeProgram,
  callersEnvironmentTexts,
  launchProgram,
  replaceProcess,
  type Exposed,
  type IdMaps,
  type LaunchInPlaceOptions,
  type LaunchScript,
  type LaunchedProgram,
  type NamespaceKind,
  type Program,
} from '../../../index.js';
import { Getopt } from '../../getopt.js';
import type { Call } from '../call.js';
import { UsageError } from '../usage.js';
import { freshSettings, launcherGrammar, launcherOptions, type Settings } from './options.js';
import { PIDFD_VARIABLE } from './values.js';

const STATUSES = { failed: 1, cannotExecute: 127, notFound: 127 };

export function run({ name, args, escaped }: Call): number {
  const settings = freshSettings();
  const options = new Getopt(name, args, launcherGrammar);
  for (const { option, value } of options) launcherOptions[option]?.(settings, value);
  return replaceProcess(stepsOf(settings, programOf(name, settings, options.operands)), {
    command: 'ctrtool-launcher',
    statuses: STATUSES,
    fromCopy: escaped || settings.escapes,
  });
}

function programOf(
  name: string,
  { noExec, source, clearEnvironment }: Settings,
  argv: readonly string[],
): LaunchedProgram | undefined {
  if (noExec) return undefined;
  if (argv.length === 0) throw new UsageError(`${name}: no program to run`);
  return {
    argv,
    env: clearEnvironment ? [] : callersEnvironmentTexts(),
    source: source.value,
    variable: 'CTRTOOL_CONTAINER_LAUNCHER_EXEC_FD',
    keepOpen: source.keepOpen,
  };
}

function stepsOf(settings: Settings, program: LaunchedProgram | undefined): Program {
  try {
    const { userNamespace } = settings;
    return userNamespace === undefined
      ? launchProgram({ ...launchOf(settings), program })
      : becomeSteps(settings, program, userNamespace);
  } catch (error) {
    if (error instanceof NskitError) throw new UsageError(`ctrtool launcher: ${error.message}`);
    throw error;
  }
}

function becomeSteps(
  settings: Settings,
  program: LaunchedProgram | undefined,
  userNamespace: number | 'own',
): Program {
  if (program === undefined) throw new UsageError('--no-exec and -f exclude each other');
  const { maps: _maps, limits: _limits, ...rest } = launchOf(settings);
  return becomeProgram({
    ...rest,
    ...(userNamespace === 'own' ? {} : { userNamespace }),
    program,
  });
}

function launchOf(settings: Settings): LaunchInPlaceOptions {
  const { kinds, launch, privileges, limits, joins, pidFiles, closeFiles } = settings;
  return {
    ...launch,
    namespaces: [...kinds],
    maps: mapsOf(settings),
    privileges,
    limits,
    script: scriptOf(settings),
    expose: exposedOf(settings),
    joinFirst: joins.first,
    join: joins.later,
    pidFiles,
    closeFiles,
  };
}

function mapsOf({ maps: { uid = [], gid = [], deny } }: Settings): IdMaps | undefined {
  if (uid.length === 0 && gid.length === 0 && !deny) return undefined;
  return { uid, gid, setgroups: deny ? 'deny' : 'allow', by: 'self' };
}

function scriptOf({ script }: Settings): LaunchScript | undefined {
  const { text, isShell, interpreter, becomes } = script;
  if (text === undefined) {
    if (becomes) throw new UsageError('-F needs a script (-x)');
    return undefined;
  }
  const argv = isShell ? [interpreter, '-c', text, '-'] : [text];
  return { argv, env: callersEnvironmentTexts(), becomes };
}

const namespaceVariables: Readonly<Partial<Record<NamespaceKind, string>>> = {
  ipc: 'IPC',
  mnt: 'MNT',
  net: 'NET',
  pid: 'PID',
  user: 'USER',
  uts: 'UTS',
};

function exposedOf({ exposed, exposesPidfd }: Settings): Exposed {
  const kinds = exposed.map((kind): [NamespaceKind, string] => {
    const word = namespaceVariables[kind];
    // It is made last, when the script has ended.
    if (word === undefined) throw new UsageError(`--open-namespaces has no ${kind} namespace`);
    return [kind, `CTRTOOL_CONTAINER_LAUNCHER_${word}_NS`];
  });
  const files: Exposed = Object.fromEntries<string>(kinds);
  return exposesPidfd ? { ...files, pidfd: PIDFD_VARIABLE } : files;
}
