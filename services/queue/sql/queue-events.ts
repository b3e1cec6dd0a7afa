import { eventTime } from '@boxoffice/runtime/events/write-event';

const policy = `'policy', jsonb_build_object(
         'maxActive', max_active, 'admitCount', admit_count, 'admitIntervalMs', admit_interval_ms,
         'activeTtlMs', active_ttl_ms, 'presenceTtlMs', presence_ttl_ms, 'maxWaiting', max_waiting,
         'maxPerAddress', max_per_address
       )`;

/** What the data of each event of a queue has beside the schedule; SQL of its row. */
const data = {
  opened: `'state', state, 'opensAt', ${eventTime('opens_at')}, 'lobby', lobby, ${policy}`,
  policy_changed: policy,
  state_changed: `'state', state, 'before', before`,
  drawn: `'count', drawn_count, 'seed', encode(seed, 'hex')`,
} as const;

/**
 * SQL of a common table expression that tells everybody of the queue in another one, which has the columns of its row. The
 * statement has that row locked, which keeps the events of a queue in order.
 */
export function queueEvent(name: keyof typeof data, from: string): string {
  return `
     insert into outbox (type, subject, data)
     select 'boxoffice.queue.queue.${name}.v1', 'queues/' || schedule_id,
       jsonb_build_object('scheduleId', schedule_id, ${data[name]})
     from ${from}`;
}
