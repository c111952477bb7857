/** What Landlock is told, beside the C headers of both architectures. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Block, Place, restrictByLandlock, type Step } from '../../../src/native/index.js';
import { layoutsOf, whyNotAsked } from '../../support/layouts.js';

const program = restrictByLandlock({
  handled: 7,
  scoped: 2,
  rules: [{ path: '/a', access: 3 }],
});

function stepOf(call: string): Step {
  const found = program.find((item): item is Step => 'call' in item && item.call === call);
  return found ?? assert.fail(`no step makes the call ${call}`);
}

function blockOf(call: string): DataView {
  const block = stepOf(call).args.find((argument) => argument instanceof Block);
  assert.ok(block);
  return new DataView(block.bytes.buffer);
}

for (const arch of ['x64', 'arm64'] as const) {
  const skip = whyNotAsked(arch) ?? false;
  describe(`the headers of ${arch} agree with`, { skip }, () => {
    const c = skip === false ? layoutsOf(arch) : new Map<string, number>();
    const number = (name: string): number => c.get(name) ?? assert.fail(`no ${name}`);

    test('struct landlock_ruleset_attr', () => {
      const attr = blockOf('landlock_create_ruleset');
      const handledAt = number('struct landlock_ruleset_attr.handled_access_fs');
      assert.equal(attr.getBigUint64(handledAt, true), 7n);
      // The last of Linux 6.12, and younger than the headers of some distributions.
      const scopedAt = c.get('struct landlock_ruleset_attr.scoped') ?? attr.byteLength - 8;
      assert.equal(attr.getBigUint64(scopedAt, true), 2n);
    });

    test('struct landlock_path_beneath_attr', () => {
      const rule = blockOf('landlock_add_rule');
      assert.equal(rule.byteLength, number('sizeof struct landlock_path_beneath_attr'));
      const accessAt = number('struct landlock_path_beneath_attr.allowed_access');
      assert.equal(rule.getBigUint64(accessAt, true), 3n);
      const [place] = stepOf('store32').args;
      assert.ok(place instanceof Place);
      assert.equal(place.offset, number('struct landlock_path_beneath_attr.parent_fd'));
    });
  });
}
