import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What is checked. */
export const observabilityFolder = join(import.meta.dirname, '../../observability');

/** A file of `deploy/observability`, named as findings name it. */
export interface NamedText {
  /** `observability/rules/symptoms.yaml` */
  readonly where: string;
  readonly text: string;
}

/** Reads a file of `deploy/observability`. */
export async function readNamed(...steps: readonly string[]): Promise<NamedText> {
  const text = await readFile(join(observabilityFolder, ...steps), 'utf8');
  return { where: ['observability', ...steps].join('/'), text };
}

/** The files of a folder with an ending, by name. */
export async function readAll(folder: string, ending: string): Promise<NamedText[]> {
  const names = await readdir(join(observabilityFolder, folder));
  const files = names.filter((name) => name.endsWith(ending)).sort();
  return Promise.all(files.map((name) => readNamed(folder, name)));
}

/** Dashboards as Grafana is given them. */
export function readDashboards(): Promise<NamedText[]> {
  return readAll('dashboards', '.json');
}

/** Rules as Prometheus is given them. */
export function readRules(): Promise<NamedText[]> {
  return readAll('rules', '.yaml');
}
