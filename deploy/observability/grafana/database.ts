import { dashboard } from './dashboard.ts';
import { agreed, largest, perSecond, quantile } from './expressions.ts';
import { chart, ranking, timeline } from './panels.ts';

const chosen = 'job=~"$job",instance=~"$instance"';
const statements = 'boxoffice_database_statement_duration_seconds';

/** What programs say of PostgreSQL and Redis, as they see them. */
export const database = dashboard({
  name: 'database',
  title: 'Database',
  description: 'PostgreSQL and Redis as the programs see them: pools, statements, the order of events, commands.',
  variables: [
    { name: 'job', label: 'Program', of: 'boxoffice_database_connections_max' },
    { name: 'instance', label: 'Instance', of: 'boxoffice_database_connections_max{job=~"$job"}' },
  ],
  sections: [
    {
      title: 'Pools',
      panels: [
        chart('Who waits for a connection', {
          what: 'Above 0 for minutes: PoolWaiters in the runbook.',
          unit: 'short',
          bad: 1,
          lines: [{ expr: `sum by (pool) (boxoffice_database_waiters{${chosen}})`, legend: '{{pool}}' }],
        }),
        chart('Connections in use', {
          what: 'Share of the connections that there may be, all instances together.',
          unit: 'percentunit',
          max: 1,
          warn: 0.8,
          bad: 0.95,
          lines: [
            {
              expr: `sum by (pool) (boxoffice_database_connections{state="busy",${chosen}}) / sum by (pool) (boxoffice_database_connections_max{${chosen}})`,
              legend: '{{pool}}',
            },
          ],
        }),
        chart('Connections', {
          what: 'What PostgreSQL has to have room for.',
          unit: 'short',
          stacked: true,
          lines: [
            { expr: `sum by (pool, state) (boxoffice_database_connections{${chosen}})`, legend: '{{pool}}, {{state}}' },
          ],
        }),
      ],
    },
    {
      title: 'Statements',
      panels: [
        ranking('Slowest statements', {
          what: 'p99 of the fifteen slowest. Their names are those of the files below sql/, and of prepared statements in PostgreSQL.',
          unit: 's',
          warn: 0.05,
          bad: 0.5,
          lines: [
            {
              expr: `sort_desc(${largest(15, quantile(0.99, statements, { selected: chosen, by: 'statement' }))})`,
              legend: '{{statement}}',
            },
          ],
        }),
        ranking('Statements that keep it busiest', {
          what: 'Seconds of statements in a second: how many are under way at a time. What to make cheaper first.',
          unit: 'short',
          lines: [
            {
              expr: `sort_desc(${largest(15, perSecond(`${statements}_sum{${chosen}}`, 'statement'))})`,
              legend: '{{statement}}',
            },
          ],
        }),
        chart('p99 over time', {
          what: 'Of the ten slowest at each time.',
          unit: 's',
          height: 10,
          lines: [
            {
              expr: largest(10, quantile(0.99, statements, { selected: chosen, by: 'statement' })),
              legend: '{{statement}}',
            },
          ],
        }),
        chart('Statements', {
          what: 'The ten that run most often.',
          unit: 'cps',
          width: 12,
          lines: [
            { expr: largest(10, perSecond(`${statements}_count{${chosen}}`, 'statement')), legend: '{{statement}}' },
          ],
        }),
        chart('Statements that failed', {
          what: 'Refused by PostgreSQL, or not answered. More than one in a hundred: StatementsFail in the runbook.',
          none: 'none',
          unit: 'cps',
          width: 12,
          lines: [
            {
              expr: perSecond(`boxoffice_database_statement_failures_total{${chosen}}`, 'job, statement'),
              legend: '{{job}}: {{statement}}',
            },
          ],
        }),
      ],
    },
    {
      title: 'Events and messages',
      panels: [
        chart('Events without a place in the order', {
          what: 'By schema. They get one within a second; until then neither watchers nor the counters of the sale know of them.',
          unit: 'short',
          lines: [{ expr: agreed('boxoffice_events_unordered', 'schema'), legend: '{{schema}}' }],
        }),
        chart('The oldest of them', {
          what: 'Above 30 s: EventsLag in the runbook.',
          unit: 's',
          bad: 30,
          lines: [{ expr: agreed('boxoffice_events_oldest_unordered_seconds', 'schema'), legend: '{{schema}}' }],
        }),
        chart('The oldest end of a ticket that the Queue does not know', {
          what: 'A paid ticket keeps its place until the Queue has been told. Above 60 s: TicketEndsLag in the runbook.',
          unit: 's',
          bad: 60,
          lines: [{ expr: agreed('boxoffice_ledger_oldest_message_seconds'), legend: 'oldest' }],
        }),
      ],
    },
    {
      title: 'Redis',
      panels: [
        timeline('Redis', {
          what: 'Whether commands can be sent. Nothing that must be true depends on it: RedisAway in the runbook. Empty without REDIS_URL.',
          none: 'no REDIS_URL',
          unit: 'none',
          width: 8,
          words: { 0: { text: 'away', color: 'red' }, 1: { text: 'there', color: 'green' } },
          lines: [{ expr: 'min by (job, instance) (boxoffice_redis_available)', legend: '{{job}} {{instance}}' }],
        }),
        chart('p99 by command', {
          what: 'From a command to its answer. One that takes 500 ms is given up.',
          none: 'no REDIS_URL',
          unit: 's',
          bad: 0.5,
          lines: [
            {
              expr: quantile(0.99, 'boxoffice_redis_command_duration_seconds', { by: 'command' }),
              legend: '{{command}}',
            },
          ],
        }),
        chart('Commands that failed', {
          what: 'Each has something to fall back on.',
          none: 'none',
          unit: 'cps',
          lines: [
            {
              expr: perSecond('boxoffice_redis_command_failures_total', 'job, command'),
              legend: '{{job}}: {{command}}',
            },
          ],
        }),
      ],
    },
  ],
});
