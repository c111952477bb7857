/** The structs that the uplink builds for the kernel, beside the C headers of both architectures. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sockExtendedErr } from '../../../src/uplink/error-queue.js';
import { cmsghdr, iovec, msghdr } from '../../../src/uplink/messages.js';
import { layoutsOf, whyNotAsked } from '../../support/layouts.js';

for (const arch of ['x64', 'arm64'] as const) {
  const skip = whyNotAsked(arch) ?? false;
  describe(`the headers of ${arch} agree with`, { skip }, () => {
    const c = skip === false ? layoutsOf(arch) : new Map<string, number>();
    const number = (name: string): number => {
      const value = c.get(name);
      assert.ok(value !== undefined, `layouts.c does not list ${name}`);
      return value;
    };

    test('struct msghdr, iovec and cmsghdr', () => {
      const field = (name: string): number => number(`struct msghdr.msg_${name}`);
      assert.deepEqual(msghdr, {
        size: number('sizeof struct msghdr'),
        ...{ name: field('name'), nameLength: field('namelen') },
        ...{ iov: field('iov'), iovCount: field('iovlen') },
        ...{ control: field('control'), controlLength: field('controllen') },
      });
      assert.deepEqual(iovec, {
        size: number('sizeof struct iovec'),
        length: number('struct iovec.iov_len'),
      });
      assert.deepEqual(cmsghdr, {
        size: number('sizeof struct cmsghdr'),
        level: number('struct cmsghdr.cmsg_level'),
        type: number('struct cmsghdr.cmsg_type'),
      });
    });

    test('struct sock_extended_err', () => {
      const field = (name: string): number => number(`struct sock_extended_err.ee_${name}`);
      const { size, offset } = sockExtendedErr;
      assert.equal(size, number('sizeof struct sock_extended_err'));
      assert.deepEqual(
        [offset.origin, offset.type, offset.code, offset.info],
        ['origin', 'type', 'code', 'info'].map(field),
      );
    });
  });
}
