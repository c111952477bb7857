/**
 * A program in namespaces that exist and new ones, in this process itself: nobody stays outside, so
 * there is no script, and no map can be written.
 */
import { close, kernel, setns, unshare, type Program } from '../../native/index.js';
import { assemble } from '../id-map.js';
import { describeKinds, flagsOf } from '../kinds.js';
import { executableOf } from './executable.js';
import type { LaunchedProgram } from './in-place.js';
import { cloneKinds, earlySet, lateSet } from './inside.js';
import { joinSteps } from './join.js';
import type { JoinRequest, LaunchOptions } from './options.js';
import { environmentWith, phase } from './part.js';

export interface BecomeOptions extends Omit<
  LaunchOptions,
  'maps' | 'ownerUid' | 'pids' | 'limits'
> {
  readonly program: LaunchedProgram;
  /** A descriptor of the user namespace that is entered first. */
  readonly userNamespace?: number | undefined;
  /** Entered when the new namespaces are made. */
  readonly joinFirst?: readonly JoinRequest[] | undefined;
  readonly closeFiles?: readonly number[] | undefined;
}

export function becomeProgram(options: BecomeOptions): Program {
  const { program, userNamespace, joinFirst = [], closeFiles = [] } = options;
  const { variable = 'NSKIT_PROGRAM_FD', keepOpen = false } = program;
  const executable = executableOf(program.source, { variable, keepOpen });
  const kinds = cloneKinds(options);
  const sentence = 'join the user namespace';
  const { steps, table } = environmentWith(program.env, executable.programVariables ?? []);
  return assemble([
    ...phase([executable], 'before'),
    ...(userNamespace === undefined ? [] : [setns(sentence, userNamespace, kernel.CLONE_NEWUSER)]),
    ...(kinds.length === 0
      ? []
      : [unshare(`make new ${describeKinds(kinds)} namespaces`, flagsOf(kinds))]),
    ...joinFirst.flatMap(joinSteps),
    ...closeFiles.map((fd) => close(`close fd ${fd}`, fd)),
    ...earlySet(options),
    ...phase([executable], 'late'),
    ...lateSet(options),
    ...phase([executable], 'last'),
    ...steps,
    executable.execute(program.argv, table),
  ]);
}
