import type { SystemPlan } from '../../local/system-plan.ts';

/** One series, as Prometheus has it. */
export interface Series {
  readonly metric: string;
  readonly labels: Readonly<Record<string, string>>;
}

const linePattern = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? \S+$/;
const labelPattern = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;

/**
 * Reads the series of a text in the format of Prometheus.
 *
 * @throws Error for a line that is neither a comment nor a sample.
 */
export function parseSeries(text: string, labels: Readonly<Record<string, string>> = {}): Series[] {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return lines.map((line) => {
    const [, metric, own = ''] = linePattern.exec(line) ?? [];
    if (metric === undefined) throw new Error(`"${line}" is no sample`);
    const pairs = [...own.matchAll(labelPattern)].map(([, name = '', value = '']) => [name, value]);
    return { metric, labels: { ...(Object.fromEntries(pairs) as Record<string, string>), ...labels } };
  });
}

/** What the programs of a system expose, one text each, with the labels that Prometheus gives to what it finds there. */
export async function scrape({ operations }: Pick<SystemPlan, 'operations'>): Promise<Exposition[]> {
  return Promise.all(
    Object.entries(operations).map(async ([name, port]) => {
      const instance = `127.0.0.1:${port}`;
      const answer = await fetch(`http://${instance}/metrics`, { signal: AbortSignal.timeout(10_000) });
      if (!answer.ok) throw new Error(`${name} answers ${answer.status}: ${await answer.text()}`);
      // Of several instances the later ones are called `worker-2`.
      return { labels: { job: name.replace(/-\d+$/, ''), instance }, text: await answer.text() };
    }),
  );
}

/** What one program exposes. */
export interface Exposition {
  readonly labels: { readonly job: string; readonly instance: string };
  readonly text: string;
}

/** All series that Prometheus has of some programs: theirs, and `up` of each. */
export function seriesOf(expositions: readonly Exposition[]): Series[] {
  return expositions.flatMap(({ labels, text }) => [{ metric: 'up', labels }, ...parseSeries(text, labels)]);
}

/** What a program says that its metrics are: `counter`, `gauge` or `histogram`, by name. */
export function typesOf({ text }: Exposition): ReadonlyMap<string, string> {
  return new Map([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => [name, type]));
}
