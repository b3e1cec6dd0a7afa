import { Migration } from '@boxoffice/runtime/database/migrate';

/**
 * Refunds become rows: a payment can be given back in parts, one after the other, each with a transfer of its own. What the
 * first migration said of one refund a payment is replaced; a payment's `refund_id` now names its latest one.
 */
export class RefundParts extends Migration {
  override up(): void {
    this.addSql(refunds);
    this.addSql(payments);
    this.addSql(transfers);
    this.addSql(refunded);
  }
}

const refunds = `
  create table refunds (
    id bigint primary key default nextval('refund_ids') check (id > 0),
    payment_id bigint not null references payments,
    amount bigint not null check (amount between 0 and 9007199254740991),
    -- Ascending; empty: all that were left.
    seat_ids bigint[] not null check (cardinality(seat_ids) <= 10 and array_position(seat_ids, null) is null),
    -- Whether no seat is left after it: the amounts cannot tell, where the last seats cost nothing.
    closing boolean not null,
    status text not null default 'PENDING' check (status in ('PENDING', 'REFUNDED', 'REJECTED')),
    reason text not null default '' check (reason ~ '^[A-Z_]*$'),
    created_at timestamptz not null default clock_timestamp(),
    updated_at timestamptz not null default clock_timestamp(),
    unique (payment_id, id),
    constraint refunds_reason check ((status = 'REJECTED') = (reason <> '')),
    constraint refunds_all_that_is_left check (closing or seat_ids <> '{}')
  )
  with (fillfactor = 80);
  alter sequence refund_ids owned by refunds.id;
  -- One at a time.
  create unique index refunds_pending on refunds (payment_id) where status = 'PENDING';

  insert into refunds (id, payment_id, amount, seat_ids, closing, status, reason, created_at, updated_at)
  select refund_id, id, amount, '{}', true,
    case status when 'REFUNDING' then 'PENDING' when 'REFUNDED' then 'REFUNDED' else 'REJECTED' end,
    case when status = 'PAID' then coalesce(nullif(reason, ''), 'RESERVATION_NOT_PAID') else '' end, updated_at, updated_at
  from payments where refund_id is not null;

  create trigger refunds_begin before insert on refunds for each row
    when (new.status <> 'PENDING')
    execute function forbid('a refund is PENDING first');
  create trigger refunds_steps before update on refunds for each row
    when (
      old.status <> 'PENDING'
      or (old.id, old.payment_id, old.amount, old.seat_ids, old.closing, old.created_at)
        is distinct from (new.id, new.payment_id, new.amount, new.seat_ids, new.closing, new.created_at)
    )
    execute function forbid('a refund ends once, and is otherwise fixed');
  create trigger refunds_kept before delete on refunds
    for each row execute function forbid('a refund is for ever');
  create trigger refunds_not_truncated before truncate on refunds
    for each statement execute function forbid('a refund is for ever');
`;

const payments = `
  alter table payments
    add column refunded_amount bigint not null default 0,
    -- The latest refund, and one of this payment.
    add foreign key (id, refund_id) references refunds (payment_id, id);
  update payments set refunded_amount = amount where status = 'REFUNDED';
  alter table payments
    add constraint payments_refunded_within_amount check (refunded_amount between 0 and amount),
    add constraint payments_refunded check (
      case status
        when 'REFUNDED' then refunded_amount = amount
        when 'PAID' then true
        when 'REFUNDING' then true
        else refunded_amount = 0
      end
    );
  create trigger payments_refunds before update on payments for each row
    when (
      old.refunded_amount <> new.refunded_amount
      and (
        new.refunded_amount < old.refunded_amount
        or (old.status, new.status) not in (('REFUNDING', 'PAID'), ('REFUNDING', 'REFUNDED'))
      )
    )
    execute function forbid('money is given back at the end of a refund');
`;

const transfers = `
  drop trigger transfers_steps on transfers;
  alter table transfers
    add column refund_id bigint,
    drop constraint transfers_payment_id_kind_key;
  update transfers set refund_id = payments.refund_id from payments
  where transfers.kind = 'REFUND' and payments.id = transfers.payment_id;
  -- Its deferred checks now: a table that has some waiting cannot be altered.
  set constraints all immediate;
  set constraints all deferred;
  alter table transfers
    add foreign key (payment_id, refund_id) references refunds (payment_id, id),
    add constraint transfers_refund check ((kind = 'REFUND') = (refund_id is not null));
  -- A payment is debited once, and each of its refunds given back once.
  create unique index transfers_debit on transfers (payment_id) where kind = 'PAYMENT';
  create unique index transfers_credit on transfers (refund_id) where refund_id is not null;
  create trigger transfers_steps before update on transfers for each row
    when (
      old.state <> 'PENDING'
      or (old.id, old.kind, old.amount, old.debit_account, old.credit_account, old.payment_id, old.refund_id, old.created_at)
        is distinct from
        (new.id, new.kind, new.amount, new.debit_account, new.credit_account, new.payment_id, new.refund_id, new.created_at)
    )
    execute function forbid('a transfer resolves once, and is otherwise fixed');
`;

// At the commit, since refund, payment and transfer are written one after the other; from the side of each.
const refunded = `
  create function check_refunded() returns trigger language plpgsql as $$
  declare
    refund refunds;
    moved bigint;
    payment payments;
    given_back bigint;
    closed boolean;
  begin
    if tg_table_name = 'refunds' then
      select * into refund from refunds where id = new.id;
    else
      select * into refund from refunds where id = new.refund_id;
    end if;
    select amount into moved from transfers where refund_id = refund.id;
    select * into payment from payments where id = refund.payment_id;
    select sum(amount), bool_or(closing) into given_back, closed
    from refunds where payment_id = refund.payment_id and status = 'REFUNDED';
    if refund.status is distinct from 'REFUNDED' or moved is distinct from refund.amount
      or payment.refunded_amount is distinct from given_back or (payment.status = 'REFUNDED') is distinct from closed
    then
      raise exception 'refund % of % is %, % has moved, and % of payment % (%) is given back',
        refund.id, refund.amount, refund.status, moved, payment.refunded_amount, payment.id, payment.status
        using errcode = 'check_violation';
    end if;
    return null;
  end $$;
  create constraint trigger refunds_posted after update on refunds deferrable initially deferred
    for each row when (new.status = 'REFUNDED') execute function check_refunded();
  create constraint trigger transfers_refunded after insert on transfers deferrable initially deferred
    for each row when (new.kind = 'REFUND') execute function check_refunded();
  create constraint trigger payments_given_back after update on payments deferrable initially deferred
    for each row
    when (old.refunded_amount <> new.refunded_amount or new.status = 'REFUNDED' and old.status <> 'REFUNDED')
    execute function check_refunded();
`;
