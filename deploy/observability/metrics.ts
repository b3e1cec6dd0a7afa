/** Values that a label has: those of a list, or such as described. */
type Values = readonly string[] | string;

/** A metric that programs export, as Prometheus names it. */
export interface Metric {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** Programs that export it. */
  readonly of: readonly Program[];
  /** Beside `job` and `instance`, which Prometheus adds. */
  readonly labels?: Readonly<Record<string, Values>>;
  /**
   * How the values of several instances are put together. Some are counted by each instance for itself, so that they are added;
   * of others every instance says the same, since it looks at the same table.
   */
  readonly across: 'sum' | 'max';
  readonly help: string;
}

export type Program = (typeof programs)[number];

/** The programs; `job` of what they export. */
export const programs = ['bff', 'queue', 'inventory', 'ledger', 'worker'] as const;

const all = programs;
const services = ['queue', 'inventory', 'ledger'] as const;
const servers = [...services, 'worker'] as const;
/** Tickets are counted by whoever orders the events that tell of them: the Queue, or a worker. */
const tickets = ['queue', 'worker'] as const;

/** Every metric of ours. Queries may use no other, and README.md lists these. */
export const metrics: readonly Metric[] = [
  gauge('boxoffice_program_info', all, 'Always 1', 'sum', { program: programs, node: 'version of Node' }),
  gauge('boxoffice_program_ready', all, 'Whether work should be sent here: 1, or 0', 'sum'),
  counter('boxoffice_process_cpu_seconds_total', all, 'Processor time, of user and system'),
  gauge('boxoffice_process_resident_memory_bytes', all, 'Memory that the process holds', 'sum'),
  gauge('boxoffice_process_heap_used_bytes', all, 'Memory in use by JavaScript', 'sum'),
  gauge('boxoffice_event_loop_delay_seconds', all, 'How late timers were since the last scrape', 'max', {
    quantile: ['0.5', '0.99', '1'],
  }),

  histogram(
    'boxoffice_rpc_server_duration_seconds',
    servers,
    'From a call to its answer; of a stream, to its first message',
    {
      rpc: '`boxoffice.queue.v1.QueueService/Join`',
      code: '`OK`, `UNAVAILABLE`, …',
    },
  ),
  histogram(
    'boxoffice_rpc_client_duration_seconds',
    ['bff', 'inventory', 'ledger', 'worker'],
    'Of calls that are made, all their tries together',
    {
      rpc: '`boxoffice.queue.v1.QueueService/Join`',
      code: '`OK`, `UNAVAILABLE`, …',
    },
  ),
  gauge('boxoffice_rpc_server_streams_open', servers, 'Streams that are read', 'sum', {
    rpc: '`boxoffice.queue.v1.PositionService/WatchQueue`',
  }),

  gauge('boxoffice_database_connections', servers, 'Connections to the database', 'sum', {
    pool: 'name of the pool',
    state: ['idle', 'busy'],
  }),
  gauge('boxoffice_database_connections_max', servers, 'Connections that there may be', 'sum', {
    pool: 'name of the pool',
  }),
  gauge('boxoffice_database_waiters', servers, 'Who waits for a connection', 'sum', { pool: 'name of the pool' }),
  histogram('boxoffice_database_statement_duration_seconds', servers, 'From sending a statement to its result', {
    statement: 'name of the statement',
  }),
  counter(
    'boxoffice_database_statement_failures_total',
    servers,
    'Statements that the database refused, or did not answer',
    {
      statement: 'name of the statement',
    },
  ),

  gauge('boxoffice_redis_available', all, 'Whether commands can be sent: 1, or 0. Absent without `REDIS_URL`', 'sum'),
  histogram('boxoffice_redis_command_duration_seconds', all, 'From a command to its answer', {
    command: '`get`, `zadd`, …',
  }),
  counter(
    'boxoffice_redis_command_failures_total',
    all,
    'Commands that Redis refused, did not answer, or could not be sent',
    {
      command: '`get`, `zadd`, …',
    },
  ),

  gauge('boxoffice_events_unordered', services, 'Events that wait for their place in the order', 'max', {
    schema: services,
  }),
  gauge('boxoffice_events_oldest_unordered_seconds', services, 'How long the oldest of them has waited', 'max', {
    schema: services,
  }),

  histogram(
    'boxoffice_http_request_duration_seconds',
    ['bff'],
    'From the head of a request to the end of its answer; of a stream, to its beginning',
    {
      route: 'pattern (`/v1/schedules/:scheduleId/seats`), name of an RPC, or `other`',
      method: '`GET`, …, `other`',
      status: '`200`, …; `499`: whoever asked went away',
    },
  ),
  gauge('boxoffice_http_streams_open', ['bff'], 'Streams that are read, by any protocol', 'sum', {
    kind: ['positions', 'seats'],
  }),
  gauge('boxoffice_connections_open', ['bff'], 'Connections of clients', 'sum'),
  gauge('boxoffice_boards_open', ['bff'], 'Boards of positions in use', 'sum'),
  gauge(
    'boxoffice_board_staleness_seconds',
    ['bff'],
    'Since the stalest of them has heard; above 3 s it is not shown',
    'max',
  ),
  gauge('boxoffice_seat_maps_open', ['bff'], 'Maps of seats in use', 'sum'),
  gauge(
    'boxoffice_seat_map_staleness_seconds',
    ['bff'],
    'Since the stalest of them has heard; above 3 s it is not shown',
    'max',
  ),
  counter('boxoffice_joins_limited_total', ['bff'], 'Joins refused for coming too often'),

  gauge('boxoffice_queue_waiting', ['queue'], 'Tickets that wait, of all dates', 'max'),
  gauge(
    'boxoffice_queue_tickets',
    ['queue'],
    'Tickets of a date by state, of the 200 dates for which most wait',
    'max',
    {
      schedule: 'id of the date',
      state: ['waiting', 'admitted'],
    },
  ),
  gauge(
    'boxoffice_queue_oldest_waiting_seconds',
    ['queue'],
    'How long the first of those who wait for a date has waited',
    'max',
    {
      schedule: 'id of the date',
    },
  ),
  gauge(
    'boxoffice_queue_open',
    ['queue'],
    'Whether the queue of a date is open: neither paused nor still to open',
    'max',
    {
      schedule: 'id of the date',
    },
  ),
  gauge('boxoffice_queue_max_active', ['queue'], 'How many may be admitted to a date at once; 0: any number', 'max', {
    schedule: 'id of the date',
  }),
  counter('boxoffice_queue_joins_total', tickets, 'Tickets that were given out'),
  counter('boxoffice_queue_admitted_total', tickets, 'Tickets that were admitted'),
  histogram('boxoffice_queue_wait_seconds', tickets, 'How long those who were admitted had waited'),
  counter('boxoffice_queue_tickets_over_total', tickets, 'Tickets that are over', {
    how: ['COMPLETED', 'EXPIRED', 'LEFT'],
  }),

  histogram('boxoffice_worker_loop_duration_seconds', ['worker'], 'Of the runs of a loop', {
    loop: '`admission`, `payments`, …',
  }),
  counter('boxoffice_worker_loop_failures_total', ['worker'], 'Runs that failed', {
    loop: '`admission`, `payments`, …',
  }),
  gauge(
    'boxoffice_worker_loop_last_success_seconds',
    ['worker'],
    'Since the last run that did not fail, or since the start',
    'max',
    {
      loop: '`admission`, `payments`, …',
    },
  ),

  gauge('boxoffice_inventory_seats', ['inventory'], 'Seats by state, of dates that can be booked now', 'max', {
    state: ['OPEN', 'HELD', 'SOLD'],
  }),
  gauge(
    'boxoffice_inventory_oldest_overdue_hold_seconds',
    ['inventory'],
    'How long the oldest hold has stayed after its end; 0: none has',
    'max',
  ),
  counter(
    'boxoffice_inventory_holds_total',
    ['inventory'],
    'Holds that were asked for; refused: somebody else has a seat',
    {
      outcome: ['held', 'refused'],
    },
  ),
  counter('boxoffice_inventory_seats_held_total', ['inventory'], 'Seats that were held'),
  counter('boxoffice_inventory_seats_sold_total', ['inventory'], 'Seats that were sold'),
  counter('boxoffice_inventory_seats_refunded_total', ['inventory'], 'Seats that were sold and opened again'),
  counter('boxoffice_inventory_holds_expired_total', ['inventory'], 'Holds that ran out'),

  gauge('boxoffice_ledger_payments_unfinished', ['ledger'], 'Payments and refunds under way', 'max'),
  gauge(
    'boxoffice_ledger_oldest_unfinished_payment_seconds',
    ['ledger'],
    'How long the oldest of them has been',
    'max',
  ),
  gauge('boxoffice_ledger_messages_pending', ['ledger'], 'Ends of tickets that the Queue has not been told', 'max'),
  gauge('boxoffice_ledger_oldest_message_seconds', ['ledger'], 'How long the oldest of them has waited', 'max'),
  counter('boxoffice_ledger_payments_total', ['ledger'], 'Payments by what became of them', {
    status: ['PAID', 'DECLINED', 'VOIDED', 'REFUNDED'],
  }),
  histogram(
    'boxoffice_ledger_payment_duration_seconds',
    ['ledger'],
    'From the beginning of a payment to when it was settled',
  ),
  counter('boxoffice_ledger_paid_won_total', ['ledger'], 'What was paid, in won'),
  counter('boxoffice_ledger_charged_won_total', ['ledger'], 'What members were charged with, in won'),
];

const byName = new Map(metrics.flatMap((metric) => seriesOf(metric).map((name) => [name, metric] as const)));

/** The metric whose series have a name; a histogram has three. None for what programs do not export, `up` or a recording rule. */
export function metricOf(series: string): Metric | undefined {
  return byName.get(series);
}

/** Names of the series of a metric. */
function seriesOf({ name, type }: Metric): string[] {
  return type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];
}

function counter(name: string, of: Metric['of'], help: string, labels?: Metric['labels']): Metric {
  return { name, type: 'counter', of, across: 'sum', help, ...(labels && { labels }) };
}

function gauge(
  name: string,
  of: Metric['of'],
  help: string,
  across: Metric['across'],
  labels?: Metric['labels'],
): Metric {
  return { name, type: 'gauge', of, across, help, ...(labels && { labels }) };
}

function histogram(name: string, of: Metric['of'], help: string, labels?: Metric['labels']): Metric {
  return { name, type: 'histogram', of, across: 'sum', help, ...(labels && { labels }) };
}
