import { dashboard } from './dashboard.ts';
import { agreed, inAll, perSecond } from './expressions.ts';
import { chart, figure } from './panels.ts';

/** What is sold, and what comes of those who come. Whole periods: choose the time of a sale above. */
export const business = dashboard({
  name: 'business',
  title: 'Business',
  description: 'What was sold, for how much, and how many of those who came got there, in the time that is chosen.',
  sections: [
    {
      title: 'In the time that is chosen',
      panels: [
        figure('Seats sold', {
          what: 'Seats of payments that were confirmed. Those that were refunded later are among them.',
          unit: 'short',
          lines: [{ expr: inAll('boxoffice_inventory_seats_sold_total'), legend: 'sold' }],
        }),
        figure('Paid', {
          what: 'Won of payments. Refunds are not taken off; the Ledger’s accounts are the truth: see GetSales on the operator’s page.',
          unit: 'currencyKRW',
          lines: [{ expr: inAll('boxoffice_ledger_paid_won_total'), legend: 'paid' }],
        }),
        figure('Charged', {
          what: 'Won by which members topped up their balances.',
          unit: 'currencyKRW',
          lines: [{ expr: inAll('boxoffice_ledger_charged_won_total'), legend: 'charged' }],
        }),
        figure('Seats refunded', {
          what: 'Seats that were sold and opened again.',
          unit: 'short',
          lines: [{ expr: inAll('boxoffice_inventory_seats_refunded_total'), legend: 'refunded' }],
        }),
        figure('Held seats that were sold', {
          what: 'Seats sold for each seat held. The rest ran out or was released, and was held again by others.',
          unit: 'percentunit',
          lines: [
            {
              expr: `${inAll('boxoffice_inventory_seats_sold_total')} / ${inAll('boxoffice_inventory_seats_held_total')}`,
              legend: 'sold of held',
            },
          ],
        }),
        figure('Admitted who paid', {
          what: 'Tickets that ended with a payment, of those that were admitted. Low with many expired: people come in and find nothing, or cannot pay.',
          unit: 'percentunit',
          lines: [
            {
              expr: `${inAll('boxoffice_queue_tickets_over_total{how="COMPLETED"}')} / ${inAll('boxoffice_queue_admitted_total')}`,
              legend: 'paid of admitted',
            },
          ],
        }),
      ],
    },
    {
      title: 'Seats',
      panels: [
        chart('Seats sold and refunded', {
          what: 'Seats in a second.',
          unit: 'cps',
          lines: [
            { expr: perSecond('boxoffice_inventory_seats_sold_total'), legend: 'sold' },
            { expr: perSecond('boxoffice_inventory_seats_refunded_total'), legend: 'refunded' },
          ],
        }),
        chart('Seats by state', {
          what: 'Of all dates that can be booked now; it falls to 0 when booking ends.',
          unit: 'short',
          stacked: true,
          lines: [{ expr: agreed('boxoffice_inventory_seats', 'state'), legend: '{{state}}' }],
        }),
        chart('Holds', {
          what: 'Held, refused since somebody else has a seat, and run out.',
          unit: 'cps',
          lines: [
            { expr: perSecond('boxoffice_inventory_holds_total', 'outcome'), legend: '{{outcome}}' },
            { expr: perSecond('boxoffice_inventory_holds_expired_total'), legend: 'ran out' },
          ],
        }),
      ],
    },
    {
      title: 'Money',
      panels: [
        chart('Won paid and charged', {
          what: 'Won in a second.',
          unit: 'currencyKRW',
          lines: [
            { expr: perSecond('boxoffice_ledger_paid_won_total'), legend: 'paid' },
            { expr: perSecond('boxoffice_ledger_charged_won_total'), legend: 'charged' },
          ],
        }),
        chart('Payments', {
          what: 'By what became of them. Declined: not enough money. Voided: the hold was over. Refunded: some seats, or all.',
          unit: 'cps',
          stacked: true,
          lines: [{ expr: perSecond('boxoffice_ledger_payments_total', 'status'), legend: '{{status}}' }],
        }),
        chart('Price of a payment', {
          what: 'Won paid, by payments that were paid.',
          unit: 'currencyKRW',
          lines: [
            {
              expr: `${perSecond('boxoffice_ledger_paid_won_total')} / ${perSecond('boxoffice_ledger_payments_total{status="PAID"}')}`,
              legend: 'mean',
            },
          ],
        }),
      ],
    },
    {
      title: 'From the line to the seat',
      panels: [
        chart('How far people come', {
          what: 'In a second: joined, admitted, held seats, paid. Where lines part is where people are lost.',
          unit: 'cps',
          width: 12,
          lines: [
            { expr: perSecond('boxoffice_queue_joins_total'), legend: 'joined' },
            { expr: perSecond('boxoffice_queue_admitted_total'), legend: 'admitted' },
            { expr: perSecond('boxoffice_inventory_holds_total{outcome="held"}'), legend: 'held' },
            { expr: perSecond('boxoffice_ledger_payments_total{status="PAID"}'), legend: 'paid' },
          ],
        }),
        chart('How tickets end', {
          what: 'Completed: paid. Expired: admitted, and did not pay. Left: went away, or was not seen any more.',
          unit: 'cps',
          stacked: true,
          width: 12,
          lines: [{ expr: perSecond('boxoffice_queue_tickets_over_total', 'how'), legend: '{{how}}' }],
        }),
      ],
    },
  ],
});
