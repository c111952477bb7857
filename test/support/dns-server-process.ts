/**
 * Name servers as a program: `dns-server-process.js ADDRESS=SAYS...`, each on port 53 of its address
 * and answering every question with what it says. Prints a line when they listen.
 */
import { nameServer, saying } from './dns-server.js';

for (const argument of process.argv.slice(2)) {
  const [address = '', says = ''] = argument.split('=');
  await nameServer(address, { port: 53, behave: saying(says) });
}
console.log('ready');
