/** Ids inside a user namespace: one's own, and the subordinate ones. */
import { closeSync, readFileSync } from 'node:fs';
import { cString, kernel, open, step, tryCall, type Program } from '../../native/index.js';
import { mapSteps } from '../id-map.js';
import { rootMaps, subordinateIds } from '../subids.js';
import { attempt } from './attempt.js';
import type { Check, Finding } from './check.js';
import type { Facts } from './facts.js';
import { make, mapOneId } from './rooms.js';
import { findObstacle, helperTrouble } from './subordinate.js';
import { verdict } from './verdict.js';

export function idChecks(facts: Facts): Check[] {
  return [
    {
      id: 'map-one-id',
      title: 'mapping your own id',
      group: 'ids',
      run: async () => {
        const tried = await attempt([make('user'), ...mapOneId()]);
        return verdict(tried, facts, { works: 'uid 0 inside is you' });
      },
    },
    {
      id: 'map-subordinate-ids',
      title: 'mapping subordinate ids',
      group: 'ids',
      run: () => subordinate(facts),
    },
  ];
}

const fallback =
  'one id: uid 0 inside is you and there is no other, so --isolated and changing users inside are refused';

async function subordinate(facts: Facts): Promise<Finding> {
  const obstacle = findObstacle(facts);
  if (obstacle !== undefined) return { status: 'degraded', fallback, ...obstacle };
  const { tried, said } = await mapAll();
  const { uid } = subordinateIds();
  const count = uid.reduce((sum, range) => sum + range.count, 1);
  const finding = verdict(tried, facts, {
    works: `${count} ids, by newuidmap and newgidmap`,
    otherwise: 'degraded',
  });
  if (tried.failure === undefined) return finding;
  const detail = said === '' ? finding.detail : `${finding.detail}; ${said}`;
  // A helper ran and failed: ECHILD. Anything else is no trouble of the helpers.
  const trouble = tried.failure.code === 'ECHILD' ? helperTrouble(facts) : {};
  return { ...finding, status: 'degraded', fallback, ...trouble, detail };
}

/** The helpers write their complaints to memory of ours instead of the terminal. */
async function mapAll(): Promise<{ tried: Awaited<ReturnType<typeof attempt>>; said: string }> {
  const memory = tryCall('memfd_create', cString('nskit-doctor'), kernel.MFD_CLOEXEC);
  try {
    const { prepare, apply, aside } = mapSteps(rootMaps());
    const main = [...redirect(memory), ...prepare, make('user'), ...apply];
    const tried = await attempt(main, { aside });
    return { tried, said: memory < 0 ? '' : readBack(memory) };
  } finally {
    if (memory >= 0) closeSync(memory);
  }
}

function redirect(memory: number): Program {
  const nothing = open('open /dev/null', '/dev/null', { flags: kernel.O_RDWR });
  const stdio = (to: number): Program[number] =>
    step('give the id map helpers somewhere to write', 'dup3', [
      to === 2 && memory >= 0 ? memory : nothing,
      to,
      0,
    ]);
  return [nothing, stdio(0), stdio(1), stdio(2)];
}

/** By path, because the descriptor itself stands at the end of what was written. */
function readBack(memory: number): string {
  return readFileSync(`/proc/self/fd/${memory}`, 'utf8').trim().split('\n')[0] ?? '';
}
