/** A program: as `nskit add NAME --owner USER`, but killed after K steps (NAME K UID GID), before it can clean up. */
import { changing } from '../../src/namespaces/change-lock.js';
import { announceRecord } from '../../src/namespaces/record.js';
import { stateDirectory } from '../../src/namespaces/state-directory.js';
import { makeSystemName } from '../../src/namespaces/system-names.js';

const [name = '', ...numbers] = process.argv.slice(2);
const [killAfter, uid = 0, gid = 0] = numbers.map(Number);
const owner = { uid, gid };
const state = stateDirectory();

await changing(state, async () => {
  const kinds = ['user'] as const;
  announceRecord(state, { name, created: 0, kinds, isolated: false, files: false, owner });
  await makeSystemName(name, owner, { killAfter }).catch(() => undefined);
  process.kill(process.pid, 'SIGKILL');
});
