import { SpanKind, type Counter } from '@opentelemetry/api';
import type { Redis } from 'ioredis';

import { Durations } from '../telemetry/durations.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { failSpan } from '../telemetry/span.ts';

type SendCommand = Redis['sendCommand'];
type Command = Parameters<SendCommand>[0];

/** Measures and traces the commands of a client, by their names; never what they carry. */
export function observeCommands(client: Redis, { metrics, traces }: Telemetry): void {
  if (metrics === undefined && traces === undefined) return;
  const durations =
    metrics &&
    new Durations(metrics, 'boxoffice_redis_command_duration_seconds', 'From a command to its answer', ['command']);
  const failures: Counter | undefined = metrics?.createCounter('boxoffice_redis_command_failures', {
    description: 'Commands that Redis refused, did not answer, or could not be sent',
  });
  metrics
    ?.createObservableGauge('boxoffice_redis_available', { description: 'Whether commands can be sent' })
    .addCallback((result) => result.observe(client.status === 'ready' ? 1 : 0));

  const seen = new Set<string>();
  const send: SendCommand = client.sendCommand.bind(client);
  client.sendCommand = (command: Command, ...others) => {
    const { name } = command;
    if (!seen.has(name)) failures?.add(0, { command: name });
    seen.add(name);
    const startedMs = performance.now();
    const span = traces?.child(`redis ${name}`, {
      kind: SpanKind.CLIENT,
      attributes: { 'db.system.name': 'redis', 'db.operation.name': name },
    });
    const end = (): void => {
      durations?.record(name, startedMs);
      span?.end();
    };
    command.promise.then(end, () => {
      failures?.add(1, { command: name });
      if (span !== undefined) failSpan(span);
      end();
    });
    return send(command, ...others);
  };
}
