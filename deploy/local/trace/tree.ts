import type { Span } from './span.ts';

const programWidth = 9;
const msWidth = 8;
const nsPerMs = 1_000_000n;

/**
 * The spans of one trace as lines for a terminal: when each began, how long it took, in which program, and its name below
 * that of the one it is part of. A span whose parent was not sent stands at the front.
 */
export function treeLines(spans: readonly Span[]): string[] {
  const ids = new Set(spans.map(({ id }) => id));
  const ordered = [...spans].sort((a, b) => Number(a.startNs - b.startNs));
  const firstNs = ordered[0]?.startNs ?? 0n;
  const lines = [`${'start ms'.padStart(msWidth)} ${'took ms'.padStart(msWidth)}  program`];
  const draw = (span: Span, first: string, below: string): void => {
    lines.push(lineOf(span, firstNs, first));
    const parts = ordered.filter(({ parentId }) => parentId === span.id);
    parts.forEach((part, index) => {
      const isLast = index === parts.length - 1;
      draw(part, `${below}${isLast ? '└─ ' : '├─ '}`, `${below}${isLast ? '   ' : '│  '}`);
    });
  };
  for (const span of ordered) {
    if (span.parentId === undefined || !ids.has(span.parentId)) draw(span, '', '');
  }
  return lines;
}

function lineOf({ startNs, endNs, program, name, kind, isFailed }: Span, firstNs: bigint, branch: string): string {
  // Spans begin at whole milliseconds, and take parts of one.
  const start = ((startNs - firstNs) / nsPerMs).toString();
  const took = (Number(endNs - startNs) / Number(nsPerMs)).toFixed(1);
  const what = `${kind === 'client' ? '→ ' : ''}${name}${isFailed ? ' (failed)' : ''}`;
  return `${start.padStart(msWidth)} ${took.padStart(msWidth)}  ${program.padEnd(programWidth)} ${branch}${what}`;
}
