/** Policies laid over the kernel's own rules: AppArmor, seccomp filters. */
import { mount } from '../../native/index.js';
import { attempt } from './attempt.js';
import { allowBySeccomp } from './blockers.js';
import type { Check, Finding } from './check.js';
import type { Facts } from './facts.js';
import { inside } from './rooms.js';
import { verdict } from './verdict.js';

export function policyChecks(facts: Facts): Check[] {
  return [
    { id: 'apparmor', title: 'AppArmor', group: 'policy', run: () => appArmor(facts) },
    {
      id: 'seccomp',
      title: 'seccomp filter',
      group: 'policy',
      run: () => Promise.resolve(seccomp(facts)),
    },
  ];
}

/** The setting alone says little: a profile may let this program through. */
async function appArmor(facts: Facts): Promise<Finding> {
  if (!facts.appArmorRestricts) {
    return { status: 'works', detail: 'does not restrict user namespaces' };
  }
  const label = facts.appArmorLabel ?? 'unknown';
  const tmpfs = mount('mount a tmpfs on /tmp', '/tmp', { source: 'tmpfs', type: 'tmpfs' });
  const works = `restricts user namespaces, but not nskit's (its profile: ${label})`;
  return verdict(await attempt([...inside('mnt'), tmpfs]), facts, { works });
}

/** nskit uses clone, and clone3 nowhere yet: engines answer ENOSYS there, so that libc falls back. */
const NEEDED = ['unshare', 'setns', 'mount'];

export function seccomp(facts: Facts): Finding {
  const { filtered, seccompMode } = facts;
  const answers = Object.entries(filtered).map(([call, code = '']) => `${call}: ${code}`);
  const refused = NEEDED.filter((call) => filtered[call] !== undefined);
  if (refused.length > 0) {
    return {
      status: 'fails',
      detail: answers.join(', '),
      blocker: `a seccomp filter refuses ${refused.join(', ')}`,
      fix: allowBySeccomp(facts),
      fallback: 'nskit outside of the container or sandbox',
    };
  }
  if (seccompMode === undefined) {
    return { status: 'unknown', detail: '/proc/self/status cannot be read' };
  }
  if (seccompMode === 0) return { status: 'works', detail: 'none' };
  const rest = answers.length === 0 ? '' : ` (${answers.join(', ')}: not needed)`;
  return { status: 'works', detail: `lets unshare, setns and mount through${rest}` };
}
