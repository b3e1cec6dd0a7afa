/** What Grafana puts in place of its own variables, for a week and for an hour alike. */
const ofGrafana: Readonly<Record<string, string>> = {
  __rate_interval: '5m',
  __interval: '1m',
  __range: '1h',
};

/** Puts something that may be there in place of each variable of Grafana; anything at all for one of a dashboard's own. */
export function replaceVariables(expr: string): string {
  return expr.replaceAll(/\$(?:\{(\w+)\}|(\w+))/g, (_, braced?: string, plain?: string) => {
    return ofGrafana[braced ?? plain ?? ''] ?? '.*';
  });
}

/** Names of a dashboard's own variables in a query. */
export function variablesOf(expr: string): string[] {
  const names = [...expr.matchAll(/\$(?:\{(\w+)\}|(\w+))/g)].map(([, braced, plain]) => braced ?? plain ?? '');
  return names.filter((name) => ofGrafana[name] === undefined);
}
