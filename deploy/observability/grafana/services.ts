import { dashboard } from './dashboard.ts';
import { faultCodes, largest, perSecond, quantile } from './expressions.ts';
import { chart, timeline } from './panels.ts';

const chosen = 'job=~"$job",instance=~"$instance"';
const http = 'boxoffice_http_request_duration_seconds';
const served = 'boxoffice_rpc_server_duration_seconds';
const made = 'boxoffice_rpc_client_duration_seconds';

/** Each program: rate, errors and durations of what it serves, and how it is itself. */
export const services = dashboard({
  name: 'services',
  title: 'Services',
  description:
    'Programs by what they serve, and by how they are: rates, errors, durations, streams, loops, processor, memory.',
  variables: [
    { name: 'job', label: 'Program', of: 'boxoffice_program_info' },
    { name: 'instance', label: 'Instance', of: 'boxoffice_program_info{job=~"$job"}' },
  ],
  sections: [
    {
      title: 'HTTP',
      panels: [
        chart('Requests by route', {
          what: 'The ten routes that are asked for most.',
          unit: 'reqps',
          lines: [
            {
              expr: largest(10, perSecond(`${http}_count{${chosen}}`, 'method, route')),
              legend: '{{method}} {{route}}',
            },
          ],
        }),
        chart('Failures by route', {
          what: 'Requests answered with 5xx. None is normal.',
          none: 'none',
          unit: 'reqps',
          lines: [
            {
              expr: perSecond(`${http}_count{status=~"5..",${chosen}}`, 'method, route, status'),
              legend: '{{status}} {{method}} {{route}}',
            },
          ],
        }),
        chart('p99 by route', {
          what: 'Of the ten slowest routes.',
          unit: 's',
          lines: [
            {
              expr: largest(10, quantile(0.99, http, { selected: chosen, by: 'method, route' })),
              legend: '{{method}} {{route}}',
            },
          ],
        }),
      ],
    },
    {
      title: 'RPCs that are served',
      panels: [
        chart('Calls by RPC', {
          what: 'The ten that are called most.',
          unit: 'reqps',
          lines: [{ expr: largest(10, perSecond(`${served}_count{${chosen}}`, 'rpc')), legend: '{{rpc}}' }],
        }),
        chart('Failures by RPC', {
          what: 'Calls that failed by our fault. Refusals are not among them.',
          none: 'none',
          unit: 'reqps',
          lines: [
            {
              expr: perSecond(`${served}_count{code=~"${faultCodes}",${chosen}}`, 'rpc, code'),
              legend: '{{code}} {{rpc}}',
            },
          ],
        }),
        chart('p99 by RPC', {
          what: 'Of the ten slowest; of streams, to their first message.',
          unit: 's',
          lines: [{ expr: largest(10, quantile(0.99, served, { selected: chosen, by: 'rpc' })), legend: '{{rpc}}' }],
        }),
      ],
    },
    {
      title: 'RPCs that are called',
      panels: [
        chart('Refusals and failures', {
          what: 'Calls between our programs that did not end with OK, by code.',
          none: 'none',
          unit: 'reqps',
          lines: [
            { expr: perSecond(`${made}_count{code!="OK",${chosen}}`, 'job, code'), legend: '{{code}} of {{job}}' },
          ],
        }),
        chart('p99 as callers see it', {
          what: 'Of the ten slowest, with all tries. Far above what the server says: the network, or a caller that is late itself.',
          unit: 's',
          lines: [
            {
              expr: largest(10, quantile(0.99, made, { selected: chosen, by: 'job, rpc' })),
              legend: '{{job}} → {{rpc}}',
            },
          ],
        }),
        chart('Streams', {
          what: 'Streams of gRPC, and of the BFF’s readers.',
          unit: 'short',
          lines: [
            { expr: `sum by (rpc) (boxoffice_rpc_server_streams_open{${chosen}})`, legend: '{{rpc}}' },
            { expr: `sum by (kind) (boxoffice_http_streams_open{${chosen}})`, legend: 'BFF: {{kind}}' },
          ],
        }),
      ],
    },
    {
      title: 'Loops of the worker',
      panels: [
        chart('Since the last success', {
          what: 'The best of all workers, by loop. Loops run between ten times a second and once a minute; above 3 min: LoopStands in the runbook.',
          unit: 's',
          bad: 180,
          lines: [{ expr: 'min by (loop) (boxoffice_worker_loop_last_success_seconds)', legend: '{{loop}}' }],
        }),
        chart('p99 of a run', {
          what: 'How long a run of a loop takes. One that takes longer than its interval runs again at once.',
          unit: 's',
          lines: [
            { expr: quantile(0.99, 'boxoffice_worker_loop_duration_seconds', { by: 'loop' }), legend: '{{loop}}' },
          ],
        }),
        chart('Runs that failed', {
          what: 'A failed run is tried again after its interval; the log says why.',
          unit: 'cps',
          lines: [{ expr: perSecond('boxoffice_worker_loop_failures_total', 'loop'), legend: '{{loop}}' }],
        }),
      ],
    },
    {
      title: 'Programs',
      panels: [
        timeline('Ready', {
          what: 'Whether work should be sent there. Not ready: starting, ending, or its database is away.',
          unit: 'none',
          width: 24,
          words: { 0: { text: 'not ready', color: 'red' }, 1: { text: 'ready', color: 'green' } },
          lines: [
            { expr: `max by (job, instance) (boxoffice_program_ready{${chosen}})`, legend: '{{job}} {{instance}}' },
          ],
        }),
        chart('Processor', {
          what: 'Cores in use. A program works in one thread: near 1 it is at its end, and another replica is what helps.',
          unit: 'percentunit',
          warn: 0.7,
          bad: 0.9,
          lines: [
            {
              expr: perSecond(`boxoffice_process_cpu_seconds_total{${chosen}}`, 'job, instance'),
              legend: '{{job}} {{instance}}',
            },
          ],
        }),
        chart('How late timers are', {
          what: 'p99 of the delay of the event loop since the last scrape. Above 200 ms: EventLoopLate in the runbook.',
          unit: 's',
          bad: 0.2,
          lines: [
            {
              expr: `max by (job, instance) (boxoffice_event_loop_delay_seconds{quantile="0.99",${chosen}})`,
              legend: '{{job}} {{instance}}',
            },
          ],
        }),
        chart('Memory', {
          what: 'Resident memory, and what of it JavaScript uses. The first has to stay below the limit of the container.',
          unit: 'bytes',
          lines: [
            { expr: `boxoffice_process_resident_memory_bytes{${chosen}}`, legend: '{{job}} {{instance}}' },
            { expr: `boxoffice_process_heap_used_bytes{${chosen}}`, legend: '{{job}} {{instance}}, JavaScript' },
          ],
        }),
      ],
    },
  ],
});
