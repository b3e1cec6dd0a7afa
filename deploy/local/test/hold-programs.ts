/** Supervises two fake programs, says which processes they are, and waits to be killed. */
import { join } from 'node:path';

import { findPorts } from '../ports.ts';
import { httpProbe } from '../probe.ts';
import { supervise } from '../supervisor.ts';

const ports = await findPorts('127.0.0.1', [
  { variable: 'A', port: 0 },
  { variable: 'B', port: 0 },
]);
const supervisor = await supervise({
  programs: ports.map((port, index) => ({
    name: `fake-${index}`,
    main: join(import.meta.dirname, 'fake-program.ts'),
    env: { ...process.env, PORT: String(port), ...(index === 1 && { DEAF: '1' }) },
    probe: httpProbe(`http://127.0.0.1:${port}/`),
  })),
  output: { line: () => undefined, note: () => undefined },
});
console.log(JSON.stringify(supervisor.names.map((name) => supervisor.pidOf(name))));
await new Promise(() => setInterval(() => undefined, 60_000));
