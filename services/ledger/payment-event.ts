/**
 * SQL of a common table expression that writes an event of each payment in another one, which has all columns of its row:
 * `boxoffice.ledger.payment.paid.v1` of one that is `PAID`. The statement holds the lock of the account and has written the
 * payment, which keeps the events of a payment in order.
 */
export function paymentEvent(from: string): string {
  return `
     insert into outbox (type, subject, partner, data)
     select 'boxoffice.ledger.payment.' || lower(status) || '.v1', 'payments/' || id, partner,
       jsonb_build_object('paymentId', id, 'memberId', member_id, 'reservationId', reservation_id,
         'scheduleId', schedule_id, 'ticketNumber', ticket_number, 'amount', amount, 'currencyCode', currency,
         'reason', reason)
     from ${from}`;
}

/**
 * Like {@link paymentEvent}, of the end of a refund: `boxoffice.ledger.payment.refunded.v1`, or `refund.rejected`. `from` has
 * a row `payment` and a row `refund`.
 */
export function refundEvent(from: string, name: 'payment.refunded' | 'refund.rejected'): string {
  return `
     insert into outbox (type, subject, partner, data)
     select 'boxoffice.ledger.${name}.v1', 'payments/' || payment.id, payment.partner,
       jsonb_build_object('paymentId', payment.id, 'memberId', payment.member_id, 'reservationId', payment.reservation_id,
         'scheduleId', payment.schedule_id, 'refundId', refund.id, 'amount', refund.amount,
         'seatIds', to_jsonb(refund.seat_ids), 'refundedAmount', payment.refunded_amount, 'currencyCode', payment.currency,
         'reason', refund.reason)
     from ${from}`;
}
