import { runMigrations } from '@boxoffice/runtime/database/migration-program';

import { databaseUrl } from './config.ts';
import { migrations, schema } from './migrations/index.ts';

await runMigrations('migrate-ledger', { databaseUrl, schema, migrations });
