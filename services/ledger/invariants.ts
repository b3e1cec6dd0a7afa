import type { Invariant } from '@boxoffice/runtime/database/invariant';
import { eventInvariants } from '@boxoffice/runtime/events/invariants';

/** What must hold in the Ledger at every moment. Constraints keep most of it; these would find what they let through. */
export const invariants: readonly Invariant[] = [
  {
    id: 'I1',
    title: 'The entries of a posted transfer are two and sum to zero; others have none',
    sql: `
      select transfers.id, transfers.state, count(entries.id) as entries, sum(entries.amount) as sum
      from transfers left join entries on entries.transfer_id = transfers.id
      group by transfers.id
      having count(entries.id) <> case transfers.state when 'POSTED' then 2 else 0 end
        or coalesce(sum(entries.amount), 0) <> 0
        or max(abs(entries.amount)) <> transfers.amount`,
  },
  {
    id: 'I2',
    title: 'A balance is the sum of its entries',
    sql: `
      select accounts.id, accounts.partner, accounts.member_id, accounts.posted, coalesce(sum(entries.amount), 0) as entries
      from accounts left join entries on entries.account_id = accounts.id
      where accounts.kind = 'MEMBER'
      group by accounts.id
      having accounts.posted <> coalesce(sum(entries.amount), 0)`,
  },
  {
    id: 'I2-running',
    title: 'Each entry of a member continues the balance of the one before',
    sql: `
      select id, account_id, amount, balance_after, before
      from (
        select entries.*, coalesce(lag(balance_after) over (partition by account_id order by entries.id), 0) as before
        from entries join accounts on accounts.id = entries.account_id and accounts.kind = 'MEMBER'
      ) as running
      where balance_after is distinct from before + amount`,
  },
  {
    id: 'I2-system',
    title: 'The balance of a system account, rolled up and not, is the sum of its entries',
    sql: `
      select id, kind, partner, schedule_id, sums.rolled_up, sums.entries
      from (
        select account_id, sum(rolled_up) as rolled_up, sum(entries) as entries
        from (
          select account_id, balance as rolled_up, 0 as entries from balances
          union all select account_id, amount, 0 from balance_changes
          union all select account_id, 0, amount from entries where balance_after is null
        ) as parts
        group by account_id
      ) as sums
      join accounts on accounts.id = sums.account_id
      where sums.rolled_up <> sums.entries`,
  },
  {
    id: 'I3',
    title: 'No member is below zero, and what is held is within what is there',
    sql: `
      select id, partner, member_id, posted, held from accounts
      where kind = 'MEMBER' and (posted < 0 or held < 0 or held > posted)`,
  },
  {
    id: 'I4',
    title: 'A pending transfer resolves once, as its payment does',
    sql: `
      select payments.id, payments.status, payments.amount, debit.state, debit.amount as debited
      from payments
      left join transfers debit on debit.payment_id = payments.id and debit.kind = 'PAYMENT'
      where debit.state is distinct from case payments.status
          when 'RESERVED' then 'PENDING' when 'VOIDED' then 'VOIDED' when 'DECLINED' then null else 'POSTED' end
        or debit.amount <> payments.amount
        or debit.debit_account <> payments.account_id`,
  },
  {
    id: 'I4-refund',
    title: 'A refund is given back once when it is done, and not before',
    sql: `
      select refunds.id, refunds.status, refunds.payment_id, refunds.amount, credit.id as transfer_id, credit.amount as credited
      from refunds
      join payments on payments.id = refunds.payment_id
      full join (select * from transfers where kind = 'REFUND') credit on credit.refund_id = refunds.id
      where refunds.id is null
        or (credit.id is not null) <> (refunds.status = 'REFUNDED')
        or credit.amount <> refunds.amount
        or (credit.payment_id, credit.credit_account) <> (payments.id, payments.account_id)`,
  },
  {
    id: 'I4-refunded',
    title:
      'What is given back of a payment is the sum of its refunds, and it is REFUNDED by the one after which no seat is left',
    sql: `
      select payments.id, payments.status, payments.amount, payments.refunded_amount, parts.refunded, parts.pending, parts.closed
      from payments
      left join (
        select payment_id, sum(amount) filter (where status = 'REFUNDED') as refunded,
          count(*) filter (where status = 'PENDING') as pending,
          bool_or(closing) filter (where status = 'REFUNDED') as closed
        from refunds group by payment_id
      ) parts on parts.payment_id = payments.id
      where payments.refunded_amount <> coalesce(parts.refunded, 0)
        or payments.refunded_amount > payments.amount
        or (payments.status = 'REFUNDING') <> (coalesce(parts.pending, 0) = 1)
        or (payments.status = 'REFUNDED') <> coalesce(parts.closed, false)
        or payments.status = 'REFUNDED' and payments.refunded_amount <> payments.amount`,
  },
  {
    id: 'I4-live',
    title: 'A reservation has one live payment at most',
    sql: `
      select reservation_id, count(*) from payments where status in ('RESERVED', 'PAID', 'REFUNDING')
      group by reservation_id having count(*) > 1`,
  },
  {
    id: 'I5',
    title: 'What is held is the sum of the pending transfers',
    sql: `
      select accounts.id, accounts.partner, accounts.member_id, accounts.held, coalesce(sum(transfers.amount), 0) as pending
      from accounts left join transfers on transfers.debit_account = accounts.id and transfers.state = 'PENDING'
      where accounts.kind = 'MEMBER'
      group by accounts.id
      having accounts.held <> coalesce(sum(transfers.amount), 0)`,
  },
  {
    id: 'I5-incoming',
    title: 'What is incoming is the sum of the refunds under way',
    sql: `
      select accounts.id, accounts.partner, accounts.member_id, accounts.incoming, coalesce(sum(refunding.amount), 0) as refunding
      from accounts
      left join (
        select payments.account_id, refunds.amount from refunds join payments on payments.id = refunds.payment_id
        where refunds.status = 'PENDING'
      ) refunding on refunding.account_id = accounts.id
      where accounts.kind = 'MEMBER'
      group by accounts.id
      having accounts.incoming <> coalesce(sum(refunding.amount), 0)`,
  },
  {
    id: 'I10',
    title: 'No payment or refund is under way for 60 s',
    sql: `
      select id, status, attempt, lease_until, updated_at from payments
      where status in ('RESERVED', 'REFUNDING') and updated_at < now() - interval '60 s'`,
  },
  {
    id: 'ledger-paid',
    title: 'A paid payment is told of once, as far as events are kept, and no other is',
    // One that was posted after the oldest event got its position cannot have been forgotten.
    sql: `
      select payments.id as payment_id, payments.status, told.subject, told.count
      from payments
      join transfers on transfers.payment_id = payments.id and transfers.kind = 'PAYMENT' and transfers.state = 'POSTED'
      full join (
        select subject, count(*) as count
        from (select type, subject from outbox union all select type, subject from events) as written
        where type = 'boxoffice.ledger.payment.paid.v1'
        group by subject
      ) told on told.subject = 'payments/' || payments.id
      cross join (
        select greatest(begun_at, case when forgotten_through > 0 then (
          select coalesce(min(ordered_at), 'infinity') from events
        ) end) as since from event_head
      ) kept
      where payments.id is null or told.count > 1 or told.count is null and transfers.resolved_at > kept.since`,
  },
  ...eventInvariants('ledger'),
];
