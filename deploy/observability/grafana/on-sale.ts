import { dashboard } from './dashboard.ts';
import { agreed, largest, perSecond, quantile } from './expressions.ts';
import { chart, figure, timeline } from './panels.ts';

const ofDate = 'schedule=~"$schedule"';
const requests = 'boxoffice_http_request_duration_seconds';

/** What whoever steers a rush looks at. */
export const onSale = dashboard({
  name: 'on-sale',
  title: 'On-sale',
  description: 'A sale as it happens: the line, the seats, the money, and whether all of it can be reached.',
  variables: [{ name: 'schedule', label: 'Date', of: 'boxoffice_queue_tickets' }],
  sections: [
    {
      title: 'Now',
      panels: [
        figure('Waiting', {
          what: 'Tickets that wait, of all dates.',
          unit: 'short',
          lines: [{ expr: agreed('boxoffice_queue_waiting'), legend: 'waiting' }],
        }),
        figure('Admitted', {
          what: 'Tickets admitted in a second. With nobody waiting it is what comes; else what the policies allow.',
          unit: 'cps',
          lines: [{ expr: perSecond('boxoffice_queue_admitted_total'), legend: 'admitted' }],
        }),
        figure('Longest wait', {
          what: 'How long the first in line has waited, of the date where that is longest. It grows with the clock when a line stands still: AdmissionsStandStill in the runbook.',
          unit: 's',
          lines: [{ expr: agreed(`boxoffice_queue_oldest_waiting_seconds{${ofDate}}`), legend: 'first in line' }],
        }),
        figure('Stalest positions', {
          what: 'Since the stalest board of positions has heard of its worker. A board speaks once a second; above 3 s no position is shown: BoardsStale in the runbook.',
          unit: 's',
          warn: 2,
          bad: 3,
          lines: [{ expr: agreed('boxoffice_board_staleness_seconds'), legend: 'stalest board' }],
        }),
        figure('Requests that failed', {
          what: 'Share of HTTP requests answered with 5xx.',
          unit: 'percentunit',
          warn: 0.001,
          bad: 0.01,
          lines: [
            {
              expr: `(${perSecond(`${requests}_count{status=~"5.."}`)} or vector(0)) / ${perSecond(`${requests}_count`)}`,
              legend: '5xx',
            },
          ],
        }),
        figure('Oldest payment under way', {
          what: 'A payment left standing is taken over within 15 s. Above 30 s: PaymentsStand in the runbook.',
          unit: 's',
          warn: 15,
          bad: 30,
          lines: [{ expr: agreed('boxoffice_ledger_oldest_unfinished_payment_seconds'), legend: 'oldest' }],
        }),
      ],
    },
    {
      title: 'The line',
      panels: [
        chart('Who waits', {
          what: 'Tickets that wait, of the ten dates for which most do.',
          unit: 'short',
          lines: [
            {
              expr: largest(10, agreed(`boxoffice_queue_tickets{state="waiting",${ofDate}}`, 'schedule')),
              legend: 'date {{schedule}}',
            },
          ],
        }),
        chart('Who is in, and how many may be', {
          what: 'Admitted tickets that are not over, and the ceiling of the policy. A line at its ceiling moves as people pay or leave; one below it that stands still is a fault. No ceiling: the policy has none.',
          unit: 'short',
          lines: [
            {
              expr: largest(10, agreed(`boxoffice_queue_tickets{state="admitted",${ofDate}}`, 'schedule')),
              legend: 'date {{schedule}}',
            },
            {
              expr: largest(10, `${agreed(`boxoffice_queue_max_active{${ofDate}}`, 'schedule')} > 0`),
              legend: 'date {{schedule}}, at most',
            },
          ],
        }),
        chart('Who comes and goes', {
          what: 'Tickets in a second: given out, refused for coming too often, admitted, and over (paid, expired, left). All dates.',
          unit: 'cps',
          lines: [
            { expr: perSecond('boxoffice_queue_joins_total'), legend: 'joined' },
            { expr: perSecond('boxoffice_joins_limited_total'), legend: 'refused: too often' },
            { expr: perSecond('boxoffice_queue_admitted_total'), legend: 'admitted' },
            { expr: perSecond('boxoffice_queue_tickets_over_total', 'how'), legend: 'over: {{how}}' },
          ],
        }),
        chart('How long the admitted had waited', {
          what: 'From joining to admission, of those who are admitted at that time.',
          unit: 's',
          lines: [0.5, 0.9, 0.99].map((share) => ({
            expr: quantile(share, 'boxoffice_queue_wait_seconds'),
            legend: `p${100 * share}`,
          })),
        }),
        chart('How long the first in line has waited', {
          what: 'By date. A line that moves has a slope below the clock’s.',
          unit: 's',
          lines: [
            {
              expr: largest(10, agreed(`boxoffice_queue_oldest_waiting_seconds{${ofDate}}`, 'schedule')),
              legend: 'date {{schedule}}',
            },
          ],
        }),
        chart('How stale positions and seats are', {
          what: 'The stalest board of positions and map of seats of each BFF. Above 3 s they are not shown.',
          unit: 's',
          bad: 3,
          lines: [
            { expr: 'boxoffice_board_staleness_seconds', legend: 'positions, {{instance}}' },
            { expr: 'boxoffice_seat_map_staleness_seconds', legend: 'seats, {{instance}}' },
          ],
        }),
      ],
    },
    {
      title: 'Seats and money',
      panels: [
        chart('Holds', {
          what: 'Holds in a second. Refused: somebody else has a seat, which is the rule when a thousand want one. Ran out: not paid in time, the seats are open again.',
          unit: 'cps',
          lines: [
            { expr: perSecond('boxoffice_inventory_holds_total', 'outcome'), legend: '{{outcome}}' },
            { expr: perSecond('boxoffice_inventory_holds_expired_total'), legend: 'ran out' },
          ],
        }),
        chart('Seats', {
          what: 'Seats by state, of all dates that can be booked now.',
          unit: 'short',
          stacked: true,
          lines: [{ expr: agreed('boxoffice_inventory_seats', 'state'), legend: '{{state}}' }],
        }),
        chart('Payments', {
          what: 'Payments in a second, by what became of them. Declined: not enough money. Voided: the hold was over.',
          unit: 'cps',
          lines: [{ expr: perSecond('boxoffice_ledger_payments_total', 'status'), legend: '{{status}}' }],
        }),
        chart('How long payments take', {
          what: 'From the money set aside to settled. Above 15 s a payment missed its objective.',
          unit: 's',
          bad: 15,
          lines: [0.5, 0.99].map((share) => ({
            expr: quantile(share, 'boxoffice_ledger_payment_duration_seconds'),
            legend: `p${100 * share}`,
          })),
        }),
        chart('Payments under way', {
          what: 'Payments and refunds that are not settled, and ends of tickets of which the Queue has not been told. Both are near 0 unless something is away.',
          unit: 'short',
          lines: [
            { expr: agreed('boxoffice_ledger_payments_unfinished'), legend: 'payments' },
            { expr: agreed('boxoffice_ledger_messages_pending'), legend: 'ends of tickets' },
          ],
        }),
        chart('The oldest of them', {
          what: 'PaymentsStand pages above 30 s.',
          unit: 's',
          bad: 30,
          lines: [
            { expr: agreed('boxoffice_ledger_oldest_unfinished_payment_seconds'), legend: 'payment' },
            { expr: agreed('boxoffice_ledger_oldest_message_seconds'), legend: 'end of a ticket' },
          ],
        }),
      ],
    },
    {
      title: 'The doors',
      panels: [
        chart('How long requests take', {
          what: 'HTTP requests to the BFF; of streams, to their beginning.',
          unit: 's',
          bad: 0.25,
          lines: [0.5, 0.99].map((share) => ({ expr: quantile(share, requests), legend: `p${100 * share}` })),
        }),
        chart('Requests', {
          what: 'HTTP requests in a second, by status. 429: too often; 409: somebody else has the seat; 5xx is our fault.',
          unit: 'reqps',
          lines: [{ expr: perSecond(`${requests}_count`, 'status'), legend: '{{status}}' }],
        }),
        chart('Who looks on', {
          what: 'Event streams and connections. A fall while people still wait is StreamsDrop in the runbook.',
          unit: 'short',
          lines: [
            { expr: 'sum by (kind) (boxoffice_http_streams_open)', legend: 'streams of {{kind}}' },
            { expr: 'sum(boxoffice_connections_open)', legend: 'connections' },
          ],
        }),
      ],
    },
    {
      title: 'Objectives',
      panels: [
        chart('How fast the budgets of failures are spent', {
          what: 'Over the last hour, 1 is the speed at which the budget of 30 days lasts 30 days. At 14.4 for an hour: ObjectiveBurnsFast in the runbook.',
          unit: 'none',
          warn: 1,
          bad: 14.4,
          width: 12,
          lines: [{ expr: 'boxoffice:objective_burn:1h', legend: '{{objective}}' }],
        }),
        timeline('Alerts', {
          what: 'What fires. Each has its entry in the runbook, linked above.',
          none: 'nothing fires',
          unit: 'none',
          words: { 1: { text: 'fires', color: 'red' } },
          lines: [
            { expr: 'max by (alertname) (ALERTS{system="boxoffice",alertstate="firing"})', legend: '{{alertname}}' },
          ],
        }),
      ],
    },
  ],
});
