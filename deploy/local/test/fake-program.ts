/** A program with one HTTP port that says it is well. Its environment tells how it misbehaves. */
import { createServer } from 'node:http';

const { PORT = '0', FAULT = '', DEAF = '', NAME = 'fake' } = process.env;
if (FAULT) {
  console.error(FAULT);
  process.exit(1);
}
const server = createServer((_, response) => response.end('well'));
server.listen(Number(PORT), '127.0.0.1', () => {
  console.log(
    JSON.stringify({ level: 'info', time: new Date().toISOString(), pid: process.pid, name: NAME, msg: 'ready' }),
  );
});
process.on('SIGTERM', () => {
  if (DEAF) return;
  console.log(JSON.stringify({ level: 'info', name: NAME, msg: 'ended' }));
  process.exit(0);
});
