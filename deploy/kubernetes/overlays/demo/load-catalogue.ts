/** Loads the concerts and members of `npm start` into a demo whose ports 50051 to 50053 are forwarded to this machine. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { loadCatalogue } from '../../../local/catalogue.ts';
import { createOutput } from '../../../local/output.ts';

const home = join(import.meta.dirname, 'secrets');
const { operator } = JSON.parse(readFileSync(join(home, 'keys.json'), 'utf8')) as { operator: string };
const addresses = { queue: 'localhost:50051', inventory: 'localhost:50052', ledger: 'localhost:50053' };
const output = createOutput({ json: false, write: (text) => process.stdout.write(text) });
await loadCatalogue({ home, addresses }, operator, output);
