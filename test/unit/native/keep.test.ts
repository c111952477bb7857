/** What TypeScript knows of native/keep.h. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { NOTE_BYTES_MAX, keepMessage, kinds } from '../../../src/api/shared-uplink/store.js';
import { watcherProgram } from '../../../src/namespaces/watcher-program.js';
import { Block, isLabel } from '../../../src/native/index.js';
import { layoutsOf, whyNotAsked } from '../../support/layouts.js';

for (const arch of ['x64', 'arm64'] as const) {
  const skip = whyNotAsked(arch) ?? false;
  describe(`the headers of ${arch} agree with`, { skip }, () => {
    const c = skip === false ? layoutsOf(arch) : new Map<string, number>();

    test('the store of a watcher', () => {
      const program = watcherProgram({ lockFile: '/lock', become: [] });
      const keep = program.find((item) => !isLabel(item) && item.call === 'keepDescriptors');
      assert.ok(keep !== undefined && !isLabel(keep));
      const [store] = keep.args;
      assert.ok(store instanceof Block);
      assert.equal(store.bytes.length, c.get('sizeof struct nskit_store'));
    });

    test('its messages', () => {
      assert.equal(keepMessage.size, c.get('sizeof struct nskit_keep_message'));
      for (const field of ['kind', 'error', 'key'] as const) {
        assert.equal(keepMessage[field], c.get(`struct nskit_keep_message.${field}`));
      }
      for (const [kind, value] of Object.entries(kinds)) {
        assert.equal(value, c.get(`KEEP_${kind.toUpperCase()}`));
      }
      assert.equal(NOTE_BYTES_MAX, c.get('KEEP_NOTE_MAX'));
    });
  });
}
