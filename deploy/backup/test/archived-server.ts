import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { startPostgres, type Postgres } from '@boxoffice/local/postgres';
import { openPool } from '@boxoffice/runtime/database/pool';

import { until } from '../../local/test/until.ts';

/** Of a running server and of whoever has its clusters' files: neither belongs into another one's data. */
const notOfABackup = /\/cluster\/(?:postmaster\.(?:pid|opts)|pg_wal\/.+|pg_replslot\/.+|pg_stat_tmp\/.+)$/;

/** A server that keeps its log of writes in a folder, as one does from which data are to be restored. */
export interface ArchivedServer extends AsyncDisposable {
  readonly url: string;
  /** Copies its files while it runs. */
  backUp(dataDir: string): Promise<void>;
  /** Names this moment, and waits until all up to it is in the archive. */
  nameMoment(name: string): Promise<void>;
}

/** Starts a server in a folder, whose log goes to `archive` in it. */
export async function startArchivedServer(dataDir: string): Promise<ArchivedServer> {
  const archive = join(dataDir, 'archive');
  await mkdir(archive, { recursive: true });
  const server = await startPostgres({
    dataDir,
    durability: 'off', // It is copied, not lost.
    settings: {
      archive_mode: 'on',
      // Never over what is there; whole under its name or not at all.
      archive_command: `test ! -f ${archive}/%f && cp %p ${archive}/%f.part && mv ${archive}/%f.part ${archive}/%f`,
    },
  });
  return {
    url: server.url,
    backUp: (copy) => backUp(server, dataDir, copy),
    nameMoment: (name) => nameMoment(server, name),
    [Symbol.asyncDispose]: () => server.stop(),
  };
}

/** The low-level way of PostgreSQL's manual, as its packages for npm have no pg_basebackup. */
async function backUp({ url }: Postgres, dataDir: string, copy: string): Promise<void> {
  await using pool = openPool({ url, schema: 'public', applicationName: 'backup', max: 1 });
  const session = await pool.connect();
  try {
    await session.query(`select pg_backup_start('before the damage', fast => true)`);
    await cp(dataDir, copy, {
      recursive: true,
      filter: (path) =>
        !notOfABackup.test(path) && !path.startsWith(join(dataDir, 'archive')) && !path.endsWith('/in-use'),
    });
    const { rows } = await session.query<{ labelfile: string }>(`select labelfile from pg_backup_stop()`);
    await writeFile(join(copy, 'cluster/backup_label'), rows[0]?.labelfile ?? '');
  } finally {
    session.release();
  }
}

async function nameMoment({ url }: Postgres, name: string): Promise<void> {
  await using pool = openPool({ url, schema: 'public', applicationName: 'backup', max: 1 });
  await pool.query('select pg_create_restore_point($1)', [name]);
  const { rows } = await pool.query<{ file: string }>('select pg_walfile_name(pg_switch_wal()) as file');
  const file = rows[0]?.file ?? '';
  await until(async () => {
    const { rowCount } = await pool.query('select from pg_stat_archiver where last_archived_wal >= $1', [file]);
    return rowCount === 1;
  });
}

/** Starts a server on a backup, taken to a moment of the archive by its name. */
export async function startRestored(copy: string, archive: string, moment: string): Promise<Postgres> {
  await writeFile(join(copy, 'cluster/recovery.signal'), '');
  return startPostgres({
    dataDir: copy,
    durability: 'off',
    settings: {
      restore_command: `cp ${archive}/%f %p`,
      recovery_target_name: moment,
      recovery_target_action: 'promote',
    },
  });
}
