/** `npm run generate:dashboards`: writes the dashboards that Grafana reads, and the table of metrics in README.md. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { generatedFiles } from './generated-files.ts';

const folder = import.meta.dirname;
for (const { name, write } of generatedFiles) {
  const file = join(folder, name);
  const before = await readFile(file, 'utf8').catch(() => '');
  await writeFile(file, write(before));
}
