// `npm pack` runs this before and after. A tarball serves every architecture, so in it bin/nskit is
// a shell script that picks the launcher; in the checkout it is the launcher itself.

import path from 'node:path';
import { build } from './build.mjs';
import * as native from './native.mjs';

async function before() {
  await build();
  for (const arch of native.architectures) native.compileNative(arch);
  native.replaceFile(
    path.join(native.root, 'scripts/nskit.sh'),
    path.join(native.root, 'bin/nskit'),
  );
}

try {
  if (process.argv[2] === 'after') native.placeLauncher();
  else await before();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
