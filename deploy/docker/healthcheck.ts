/** The image's health check: ends with 0 when the program in this container is ready, with 1 when it is not. */
import { readConfig } from '@boxoffice/runtime/config';
import { programSpec } from '@boxoffice/runtime/program-config';

const timeoutMs = 2_000;
/** Who listens everywhere is asked at home. */
const loopback = new Map([
  ['0.0.0.0', '127.0.0.1'],
  ['::', '[::1]'],
]);

async function ask(url: string): Promise<{ readonly ready: boolean; readonly said: string }> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
    return { ready: response.ok, said: `${response.status} ${await response.text()}` };
  } catch (error) {
    return { ready: false, said: String(error) };
  }
}

const { host, operationsPort } = readConfig(programSpec, process.env);
const { ready, said } =
  operationsPort === undefined
    ? { ready: false, said: 'OPERATIONS_PORT is not set: nobody can be asked' }
    : await ask(`http://${loopback.get(host) ?? host}:${operationsPort}/readyz`);

// Docker keeps what it says, for `docker inspect`.
process.stdout.write(`${said}\n`);
process.exitCode = ready ? 0 : 1;
