import { containersOf, type Policy } from '../system.ts';

/** A number with a unit; of the units of Kubernetes those that our manifests use. */
const quantity = /^\d+(?:\.\d+)?(?:m|k|Ki|Mi|Gi)?$/;

/** A container asks for what it needs, and has an end of memory. Processor time has none: that would stop a busy program. */
export const resources: Policy = (system) =>
  containersOf(system).flatMap(({ where, container: { resources: { requests = {}, limits = {} } = {} } }) => {
    const needed = {
      'requests.cpu': requests['cpu'],
      'requests.memory': requests['memory'],
      'limits.memory': limits['memory'],
    };
    const values = Object.entries({ ...prefixed('requests', requests), ...prefixed('limits', limits) });
    return [
      ...Object.entries(needed).flatMap(([name, value]) => (value === undefined ? [`${name} is missing`] : [])),
      ...values.flatMap(([name, value]) => (quantity.test(value) ? [] : [`${name} ${value} is no quantity`])),
      ...(limits['cpu'] === undefined ? [] : ['limits.cpu stops a busy program for a part of every 100 ms']),
    ].map((what) => ({ where: `${where} resources`, what }));
  });

function prefixed(prefix: string, values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}.${name}`, value]));
}
