/** What a list of flows says about decisions of hooks and rules. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FlowHook } from '../../../src/uplink/flow.js';
import { familiesOf, uplinkPlan } from '../../../src/uplink/options.js';
import { Policy } from '../../../src/uplink/policy/policy.js';
import { flowRequest } from '../../support/flow-request.js';

const access = { deny: ['10.0.0.0/8', '192.0.2.0/24:25'], allowHost: [80] };

async function said(text: string, hook?: FlowHook): Promise<string | undefined> {
  const families = familiesOf(uplinkPlan());
  const policy = new Policy({ families, access, report: (error) => assert.fail(String(error)) });
  if (hook !== undefined) policy.onFlow(hook);
  return (await policy.decide(flowRequest(text))).about;
}

test('what was decided has words for people', async () => {
  const cases: [text: string, expected: string | undefined, hook?: FlowHook][] = [
    ['tcp 198.51.100.1 80', undefined],
    ['tcp 10.1.2.3 80', 'rejected: prohibited by --deny 10.0.0.0/8'],
    ['tcp 192.0.2.1 25', 'rejected: prohibited by --deny 192.0.2.0/24:25'],
    ['tcp 64:ff9b::10.1.2.3 80', 'rejected: prohibited by --deny 10.0.0.0/8'],
    ['tcp 10.0.2.2 80', 'accepted: the host’s loopback'],
    ['tcp fd00::2 81', 'rejected: refused because the host’s loopback is closed: see --allow-host'],
    ['tcp 169.254.169.254 80', 'rejected: prohibited by default: credentials of clouds'],
    ['tcp 127.0.0.1 80', 'rejected: unreachable by what is always closed'],
    ['tcp fd00::77 80', 'rejected: unreachable because nobody there has this address'],
    ['tcp 192.0.2.9 80', 'rejected: timeout by a hook', (flow) => flow.reject('timeout')],
    [
      'tcp 192.0.2.9 80',
      'redirected to [::1]:8080',
      (f) => f.redirect({ host: '::1', port: 8080 }),
    ],
    ['tcp 192.0.2.9 80', 'redirected to localhost:80', (f) => f.redirect({ host: 'localhost' })],
    ['udp 192.0.2.9 80', 'handled by a hook', (f) => f.handleDatagrams(() => undefined)],
  ];
  for (const [text, expected, hook] of cases) {
    assert.equal(await said(text, hook), expected, text);
  }
});
