import type { Invariant } from '@boxoffice/runtime/database/invariant';

/**
 * What must hold between the services. The tables are called by their bare names, which are different in the three schemas:
 * `payments` and `refunds` are the Ledger's, `reservations` and `reservation_seats` Inventory's, `tickets` the Queue's. What they have in common is made true in
 * an order (confirmed, paid, completed), so that each of these holds in every snapshot.
 */
export const crossInvariants: readonly Invariant[] = [
  {
    id: 'I9',
    title: 'Paid if and only if confirmed, at the same price, by the same member',
    // A payment under way (RESERVED) may be on either side of the confirmation, a refund on either side of the revocation.
    sql: `
      select payments.id as payment_id, payments.status as payment, payments.amount as paid, payments.member_id as payer,
        sold.id as reservation_id, sold.status as reservation, sold.amount as costs, sold.member_id as owner
      from payments
      full join (select * from reservations where payment_id is not null) sold on sold.payment_id = payments.id
      where case
        when payments.id is null then true
        when sold.id is null then payments.status in ('PAID', 'REFUNDING', 'REFUNDED')
        else payments.status in ('VOIDED', 'DECLINED')
          or sold.status = 'REFUNDED' and payments.status not in ('REFUNDING', 'REFUNDED')
          or sold.status = 'CONFIRMED' and payments.status = 'REFUNDED'
          or (payments.reservation_id, payments.schedule_id, payments.partner, payments.member_id, payments.amount)
            is distinct from (sold.id, sold.schedule_id, sold.partner, sold.member_id, sold.amount)
      end`,
  },
  {
    id: 'I9-refunded',
    title: 'Given back if and only if opened again: the same seats at the same price',
    // A refund under way (PENDING) may be on either side of the revocation.
    sql: `
      select refunds.id as refund_id, refunds.status as refund, refunds.payment_id, refunds.amount, refunds.seat_ids as seats,
        opened.refund_id as opened_by, opened.reservation_id, opened.amount as cost, opened.seat_ids as opened
      from refunds
      join payments on payments.id = refunds.payment_id
      full join (
        select refund_id, reservation_id, sum(price)::bigint as amount, array_agg(seat_id order by seat_id) as seat_ids
        from reservation_seats where refund_id is not null
        group by refund_id, reservation_id
      ) opened on opened.refund_id = refunds.id
      where case
        when refunds.id is null then true
        when opened.refund_id is null then refunds.status = 'REFUNDED'
        else refunds.status = 'REJECTED'
          or (payments.reservation_id, refunds.amount) is distinct from (opened.reservation_id, opened.amount)
          or refunds.seat_ids <> '{}' and refunds.seat_ids <> opened.seat_ids
      end`,
  },
  {
    id: 'I15',
    title: 'Paid implies that the ticket is over, 30 s later at the latest',
    sql: `
      select payments.id as payment_id, payments.status as payment, payments.updated_at as since, payments.schedule_id,
        payments.ticket_number, tickets.status as ticket, payments.member_id as payer, tickets.member_id as ticket_of
      from payments
      left join tickets on tickets.schedule_id = payments.schedule_id and tickets.number = payments.ticket_number
      where payments.status in ('PAID', 'REFUNDING', 'REFUNDED') and (
        (tickets.ticket_id, tickets.partner, tickets.member_id)
          is distinct from (payments.ticket_id, payments.partner, payments.member_id)
        or tickets.status <> 'COMPLETED' and payments.updated_at < now() - interval '30 s'
      )`,
  },
  {
    id: 'I15-paid',
    title: 'A ticket is completed by a payment that was made with it',
    sql: `
      select tickets.schedule_id, tickets.number, tickets.payment_id, payments.status as payment, payments.ticket_number
      from tickets
      left join payments on payments.id = tickets.payment_id
      where tickets.status = 'COMPLETED' and (
        (payments.schedule_id, payments.ticket_number, payments.ticket_id)
          is distinct from (tickets.schedule_id, tickets.number, tickets.ticket_id)
        or payments.status not in ('PAID', 'REFUNDING', 'REFUNDED')
      )`,
  },
];
