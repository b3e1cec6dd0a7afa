/** Makes the keys and passwords that `compose.yaml` reads, once: `keys/` beside this file, which Git ignores. */
import { join } from 'node:path';

import { makeKeys } from './keys.ts';

const folder = join(import.meta.dirname, 'keys');

try {
  await makeKeys(folder);
  process.stdout.write(`Made ${folder}. Keys for people are in keys.json.\n`);
} catch (error) {
  if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  // PostgreSQL keeps the password of its first start: a new one would lock everybody out.
  process.stdout.write(`${folder} is there already. To begin anew: docker compose down --volumes, and remove it.\n`);
}
