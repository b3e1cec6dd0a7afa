/** Starts PostgreSQL on the folder that it is given, says where it is, and waits to be killed. */
import { startPostgres } from '../postgres.ts';

const [dataDir = ''] = process.argv.slice(2);
const { url, pid } = await startPostgres({ dataDir, durability: 'off' });
console.log(JSON.stringify({ url, pid }));
await new Promise(() => setInterval(() => undefined, 60_000));
