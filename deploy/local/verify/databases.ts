import { openPool, type Pool } from '@boxoffice/runtime/database/pool';

/** The three schemas of a system, wherever they are. Disposing closes all connections. */
export interface Databases extends AsyncDisposable {
  readonly queue: Pool;
  readonly inventory: Pool;
  readonly ledger: Pool;
  /** Whether all three are in one database, which one statement can read at one moment. */
  readonly together: boolean;
}

/** Whole tables are read, on a machine that has other things to do. */
const statementTimeoutMs = 300_000;

/** Opens the schemas by their URLs. Nothing connects before the first use. */
export function openDatabases(urls: Readonly<Record<'queue' | 'inventory' | 'ledger', string>>): Databases {
  const { queue, inventory, ledger } = urls;
  const open = (url: string, schema: string): Pool =>
    openPool({ url, schema, applicationName: 'verify', max: 2, statementTimeoutMs });
  const resources = new AsyncDisposableStack();
  return {
    queue: resources.use(open(queue, 'queue')),
    inventory: resources.use(open(inventory, 'inventory')),
    ledger: resources.use(open(ledger, 'ledger')),
    together: queue === inventory && queue === ledger,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** Which databases these are: other ones, or the same ones made anew, are called otherwise. */
export async function identityOf({ queue, inventory, ledger }: Databases): Promise<string> {
  const names = await Promise.all(
    [queue, inventory, ledger].map(async (pool) => {
      const { rows } = await pool.query<{ name: string }>(
        `select system_identifier || '/' || oid as name from pg_control_system(), pg_database
         where datname = current_database()`,
      );
      return rows[0]?.name ?? '';
    }),
  );
  return names.join(' ');
}
