/** Makes the Secrets of the demo, once: `secrets/` beside this file, which Git ignores. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { demoSecrets } from './secrets.ts';

const folder = join(import.meta.dirname, 'secrets');

try {
  // PostgreSQL keeps the passwords of its first start: new ones would lock everybody out.
  mkdirSync(folder, { mode: 0o700 });
  for (const [name, text] of Object.entries(demoSecrets())) writeFileSync(join(folder, name), text, { mode: 0o600 });
  console.log(`Made ${folder}. Keys for people are in keys.json.`);
} catch (error) {
  if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  console.log(`${folder} is there already. Remove it, and the demo's volume, to begin anew.`);
}
