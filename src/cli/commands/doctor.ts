/** nskit doctor: what works here, and how to repair what does not. */
import type { Command } from 'commander';
import { isatty } from 'node:tty';
import pc from 'picocolors';
import {
  appArmorProfile,
  checkGroups,
  diagnose,
  mainJobsWork,
  type CheckGroup,
  type Diagnosis,
  type Status,
} from '../../index.js';
import { print } from '../print.js';

interface Options {
  readonly json?: boolean;
  readonly apparmorProfile?: boolean;
}

export function define(command: Command): void {
  command
    .option('--json', 'print every check as JSON')
    .option('--apparmor-profile', 'print a profile that lets nskit use user namespaces, and end')
    .addHelpText('after', help)
    .action(run);
}

const help = `
Each thing is tried, as you, in a process of its own that leaves nothing behind. What fails is shown
with what stands in the way, the command that repairs it, and what can be had without.

Exit status: 0 when the main jobs work (user, network, mount and pid namespaces, your own id mapped
inside), whatever else is missing; 1 when they do not.

Examples:
  nskit doctor
  nskit doctor --json | jq '.checks[] | select(.status != "works")'
  nskit doctor --apparmor-profile | sudo tee /etc/apparmor.d/nskit`;

async function run(options: Options): Promise<void> {
  if (options.apparmorProfile === true) {
    print(appArmorProfile().trimEnd());
    return;
  }
  const checks = await diagnose();
  const works = mainJobsWork(checks);
  process.exitCode = works ? 0 : 1;
  if (options.json === true) print(JSON.stringify({ works, checks }, undefined, 2));
  else print(report(checks).join('\n'));
}

const isColored = isatty(1) && !process.env['NO_COLOR'];
const color = pc.createColors(isColored);

const paint: Record<Status, (text: string) => string> = {
  works: color.green,
  degraded: color.yellow,
  fails: color.red,
  unknown: color.magenta,
};

const headings: Record<CheckGroup, string> = {
  namespaces: 'Namespaces',
  ids: 'Ids',
  mounts: 'Mounts',
  network: 'Network',
  policy: 'Policies',
  kernel: 'Kernel',
  limits: 'Limits and files',
};

function report(checks: readonly Diagnosis[]): string[] {
  const width = Math.max(...checks.map(({ title }) => title.length));
  const explained = new Map<string, string>();
  const lines = checkGroups.flatMap((group) => {
    const members = checks.filter((check) => check.group === group);
    const texts = members.flatMap((check) => linesOf(check, width, explained));
    return [color.bold(headings[group]), ...texts, ''];
  });
  return [...lines, ...summary(checks)];
}

/** The same cause is explained once: without user namespaces, everything else fails with it. */
function linesOf(check: Diagnosis, width: number, explained: Map<string, string>): string[] {
  const { status, title, detail, blocker, fix, fallback } = check;
  const start = `  ${paint[status](status.padEnd(8))}  ${title.padEnd(width)}`;
  const first = blocker === undefined ? undefined : explained.get(blocker);
  if (first !== undefined) return [`${start}  for the same reason as: ${first}`];
  if (blocker !== undefined) explained.set(blocker, title);
  const more = [
    ['because', blocker],
    ['repair', fix],
    ['without', fallback],
  ];
  return [
    `${start}  ${detail}`,
    ...more.flatMap(([word = '', text]) =>
      text === undefined ? [] : [`            ${color.dim(word.padEnd(7))}  ${text}`],
    ),
  ];
}

function summary(checks: readonly Diagnosis[]): string[] {
  const count = (status: Status): number => checks.filter((each) => each.status === status).length;
  const worse = (['degraded', 'fails', 'unknown'] as const)
    .filter((status) => count(status) > 0)
    .map((status) => `${count(status)} ${status === 'fails' ? 'failing' : status}`);
  const rest = worse.length === 0 ? '' : `; ${worse.join(', ')}`;
  const counts = `${count('works')} of ${checks.length} checks work${rest}.`;
  const missing = checks.filter(({ needed, status }) => needed && status !== 'works');
  const [first] = missing;
  const verdict =
    first === undefined
      ? 'The main jobs of nskit work here.'
      : `The main jobs of nskit do not work here, for want of: ${missing.map(({ title }) => title).join(', ')}.`;
  const repair = first?.fix === undefined ? [] : [`Begin with: ${first.fix}`];
  return [...lasting(checks), `${verdict} ${counts}`, ...repair];
}

function lasting(checks: readonly Diagnosis[]): string[] {
  const sets = checks.some(({ fix }) => fix?.includes('sudo sysctl -w') === true);
  return sets ? ['What "sysctl -w" sets lasts until reboot; in /etc/sysctl.d/ it stays.', ''] : [];
}
