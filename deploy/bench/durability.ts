import type { Pool } from '@boxoffice/runtime/database/pool';

/** What the server promises when it has answered. @throws Error unless what it has answered is durable. */
export async function durabilityOf(pool: Pool): Promise<string> {
  const names = ['fsync', 'synchronous_commit', 'full_page_writes'];
  const { rows } = await pool.query<{ name: string; setting: string }>(
    'select name, setting from pg_settings where name = any ($1) order by name',
    [names],
  );
  const off = rows.filter(({ setting }) => setting !== 'on');
  if (off.length > 0) throw new Error(`${off.map(({ name }) => name).join(' and ')} is not on: nothing is durable`);
  return rows.map(({ name, setting }) => `${name} ${setting}`).join(', ');
}
