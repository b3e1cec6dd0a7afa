import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';

/** What a query selects: a metric, and what its labels have to be. */
export interface Selector {
  readonly metric: string;
  readonly labels: readonly LabelMatcher[];
}

export interface LabelMatcher {
  readonly name: string;
  /** `=`, `!=`, `=~` or `!~`. */
  readonly op: string;
  readonly value: string;
}

/** Where a query does not keep to the grammar of PromQL; undefined when it does. Variables of Grafana have to be replaced before. */
export function syntaxFault(expr: string): string | undefined {
  let at: number | undefined;
  parser.parse(expr).iterate({
    enter({ type, from }) {
      if (type.isError) at ??= from;
    },
  });
  if (at === undefined) return undefined;
  return at >= expr.length ? 'is no PromQL: it ends too early' : `is no PromQL, from here on: ${expr.slice(at)}`;
}

/** All selectors of a query. */
export function selectorsOf(expr: string): Selector[] {
  return nodesOf(expr, 'VectorSelector').map((node) => {
    const labels = labelsOf(node, expr);
    const name = node.getChild('Identifier');
    const metric = name === null ? labels.find((label) => label.name === '__name__')?.value : textOf(name, expr);
    return { metric: metric ?? '', labels };
  });
}

/** Labels that a query groups or matches by. */
export function groupingsOf(expr: string): string[] {
  return nodesOf(expr, 'GroupingLabels').flatMap((node) =>
    node.getChildren('LabelName').map((label) => textOf(label, expr)),
  );
}

function labelsOf(selector: SyntaxNode, expr: string): LabelMatcher[] {
  const matchers = selector.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? [];
  return matchers.map((matcher) => {
    const part = (name: string): string => {
      const node = matcher.getChild(name);
      return node === null ? '' : textOf(node, expr);
    };
    return { name: part('LabelName'), op: part('MatchOp'), value: unquoted(part('StringLiteral')) };
  });
}

function unquoted(literal: string): string {
  return literal.slice(1, -1).replaceAll(/\\(.)/g, '$1');
}

function nodesOf(expr: string, name: string): SyntaxNode[] {
  const nodes: SyntaxNode[] = [];
  parser.parse(expr).iterate({
    enter(ref) {
      if (ref.name === name) nodes.push(ref.node);
    },
  });
  return nodes;
}

function textOf({ from, to }: SyntaxNode, expr: string): string {
  return expr.slice(from, to);
}
