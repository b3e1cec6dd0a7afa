import { environmentOf } from '../environment-of.ts';
import { programOf } from '../programs.ts';
import { containersOf, type Policy } from '../system.ts';

/** A container's ports are those that its program listens on, and each serving program is in the system once. */
export const ports: Policy = (system) =>
  containersOf(system).flatMap(({ where, workload, container }) => {
    const program = programOf(container);
    if (program === undefined) return [];
    if (workload.component !== program.name) {
      return [{ where, what: `is the program ${program.name} in a pod of the component ${workload.component}` }];
    }
    const operations = environmentOf(system, container).get('OPERATIONS_PORT')?.value;
    const expected = program.port === undefined ? [] : [program.port, Number(operations)];
    const declared = (container.ports ?? []).map(({ containerPort }) => containerPort);
    return [
      ...expected.filter((port) => !declared.includes(port)).map((port) => `listens on ${port}, which is not declared`),
      ...declared.filter((port) => !expected.includes(port)).map((port) => `declares ${port}, where nobody listens`),
    ].map((what) => ({ where, what }));
  });
