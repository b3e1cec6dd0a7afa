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
