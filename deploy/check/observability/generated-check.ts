import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { generatedFiles } from '../../observability/generated-files.ts';
import type { Finding } from '../findings.ts';
import { observabilityFolder, readDashboards } from './files.ts';

/** Whether what is generated was: changed by hand, or not written again after a change of its source. */
export async function checkGenerated(): Promise<Finding[]> {
  const found = await Promise.all(
    generatedFiles.map(async ({ name, write }) => {
      const text = await readFile(join(observabilityFolder, name), 'utf8').catch(() => '');
      const where = `observability/${name}`;
      return text === write(text) ? [] : [{ where, what: 'is not as npm run generate:dashboards writes it' }];
    }),
  );
  const known = new Set(generatedFiles.map(({ name }) => `observability/${name}`));
  const others = (await readDashboards()).filter(({ where }) => !known.has(where));
  return [...found.flat(), ...others.map(({ where }) => ({ where, what: 'is made of no source below grafana/' }))];
}
