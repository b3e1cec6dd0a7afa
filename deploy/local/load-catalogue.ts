/** Loads the concerts and members of `npm start` into a system that others run, and whose services are reached at their usual ports. */
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { loadCatalogue } from './catalogue.ts';
import { createOutput } from './output.ts';

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error('Usage: node deploy/local/load-catalogue.ts <folder with keys.json>');
  process.exit(2);
}
const home = resolve(folder);
const { operator } = JSON.parse(await readFile(join(home, 'keys.json'), 'utf8')) as { operator: string };
const addresses = { queue: 'localhost:50051', inventory: 'localhost:50052', ledger: 'localhost:50053' };
const output = createOutput({ json: false, write: (text) => process.stdout.write(text) });
await loadCatalogue({ home, addresses }, operator, output);
