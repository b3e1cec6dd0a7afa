/** Loads the concerts and members of `npm start` into the system that `compose.yaml` runs. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { loadCatalogue } from '../local/catalogue.ts';
import { createOutput } from '../local/output.ts';

const home = join(import.meta.dirname, 'keys');
const { operator } = JSON.parse(readFileSync(join(home, 'keys.json'), 'utf8')) as { operator: string };
const addresses = { queue: 'localhost:50051', inventory: 'localhost:50052', ledger: 'localhost:50053' };
const output = createOutput({ json: false, write: (text) => process.stdout.write(text) });
await loadCatalogue({ home, addresses }, operator, output);
