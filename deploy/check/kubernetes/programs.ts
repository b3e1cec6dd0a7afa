import { readBffConfig, spec as bff } from '@boxoffice/bff/config.ts';
import { inventoryConfig, spec as inventory } from '@boxoffice/inventory/config';
import { readLedgerConfig, spec as ledger } from '@boxoffice/ledger/config';
import { spec as queue } from '@boxoffice/queue/config';
import { readConfig, type Environment, type Spec } from '@boxoffice/runtime/config';
import { programSpec } from '@boxoffice/runtime/program-config';
import { spec as worker } from '@boxoffice/worker/config';

import type { Container } from 'kubernetes-types/core/v1.js';

/** What the image can be started as. */
export interface Program {
  readonly name: string;
  readonly spec: Spec;
  /** Where it listens for callers, by its spec; a migration listens nowhere. */
  readonly port: number | undefined;
  /** Tells in a table what each variable means. */
  readonly readme: string;
  /** Reads an environment as the program does. @throws ConfigError with everything that is wrong. */
  readonly read: (environment: Environment) => unknown;
}

type Row = [spec: Spec, readme: string, read?: Program['read']];

const serving: Readonly<Record<string, Row>> = {
  queue: [queue, 'services/queue/README.md'],
  inventory: [inventory, 'services/inventory/README.md', inventoryConfig],
  ledger: [ledger, 'services/ledger/README.md', readLedgerConfig],
  worker: [worker, 'worker/README.md'],
  bff: [bff, 'bff/README.md', readBffConfig],
};

const migrating: Spec = { queue: queue.databaseUrl, inventory: inventory.databaseUrl, ledger: ledger.databaseUrl };

const programs: readonly Program[] = [
  ...Object.entries(serving).map(([name, [spec, readme, read = reader(spec)]]) => {
    const port = Number(spec['port']?.absent?.value);
    return { name, spec: { ...programSpec, ...spec }, port, readme, read };
  }),
  ...Object.entries(migrating).map(([service, databaseUrl]) => {
    const spec: Spec = { logLevel: programSpec.logLevel, databaseUrl };
    const readme = `services/${service}/README.md`;
    return { name: `migrate-${service}`, spec, port: undefined, readme, read: reader(spec) };
  }),
];

/** The program that a container runs; none when its image is not ours. */
export function programOf({ image = '', args = [] }: Container): Program | undefined {
  const isOurs = /(?:^|\/)boxoffice(?::|$)/.test(image);
  return isOurs ? programs.find(({ name }) => name === args[0]) : undefined;
}

function reader(spec: Spec): Program['read'] {
  return (environment) => readConfig(spec, environment);
}
