// npm's `install` step. In a checkout: compile, then put the launcher in place. In an installed
// package, which carries the binaries: put the launcher in place of the shell script that stands
// in for it. With install scripts switched off that shell script goes on doing the job, only slower.

import * as fs from 'node:fs';
import path from 'node:path';
import { keepCaches } from './compile-cache.mjs';
import * as native from './native.mjs';

// A published package carries no tsconfig.json.
const isCheckout = fs.existsSync(path.join(native.root, 'tsconfig.json'));

native.orExplain(() => {
  if (process.platform !== 'linux') return;
  if (isCheckout) {
    native.compileNative();
    native.placeLauncher();
    native.linkNode();
  } else if (fs.existsSync(native.launcherPath(process.arch))) {
    native.placeLauncher();
    // Those in the package fit the V8 that packed it.
    keepCaches();
  } else {
    console.error(`nskit carries no binaries for Linux on ${process.arch}; it will not run here.`);
  }
});
