import { Migration } from '@boxoffice/runtime/database/migrate';
import { requestsTable } from '@boxoffice/runtime/database/requests';

/**
 * Accounts, payments, transfers, entries, outbox. The constraints and triggers are the state machines of the README: what
 * they forbid cannot be stored, whatever the code does. Triggers are only called for what is forbidden (`when`), or once a
 * movement of money.
 */
export class CreateLedger extends Migration {
  override up(): void {
    this.addSql(forbid);
    this.addSql(accounts);
    this.addSql(payments);
    this.addSql(transfers);
    this.addSql(entries);
    this.addSql(balanced);
    this.addSql(outbox);
    this.addSql(requestsTable);
  }
}

const forbid = `
  create function forbid() returns trigger language plpgsql as $$
  begin
    raise exception '% of % is forbidden: %', tg_op, tg_table_name, tg_argv[0] using errcode = 'restrict_violation';
  end $$;
`;

const accounts = `
  create table accounts (
    id bigint generated always as identity primary key,
    kind text not null check (kind in ('MEMBER', 'TOP_UP', 'REVENUE')),
    partner text check (char_length(partner) between 1 and 64),
    member_id text check (char_length(member_id) between 1 and 64),
    schedule_id bigint check (schedule_id > 0),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    -- What a member has; of it, set aside for payments under way; and on its way back from refunds under way.
    posted bigint check (posted >= 0),
    held bigint check (held >= 0),
    incoming bigint check (incoming >= 0),
    created_at timestamptz not null default clock_timestamp(),
    unique (partner, member_id),
    constraint accounts_held_within_posted check (held <= posted),
    -- With room for what comes back, so that a refund that was decided can always be posted. 2^53 - 1.
    constraint accounts_balance_limit check (posted <= 9007199254740991 - incoming),
    -- The system's own accounts have no balance to update, so that none of their rows is hot.
    constraint accounts_shape check (
      case kind
        when 'MEMBER' then num_nulls(partner, member_id, posted, held, incoming) = 0 and schedule_id is null
        when 'TOP_UP' then partner is not null and num_nonnulls(member_id, schedule_id, posted, held, incoming) = 0
        else schedule_id is not null and num_nonnulls(partner, member_id, posted, held, incoming) = 0
      end
    )
  )
  -- Each movement updates a balance: room on its page keeps the new version there, without a touch of the indexes.
  with (fillfactor = 70);
  create unique index accounts_top_up on accounts (partner, currency) where kind = 'TOP_UP';
  create unique index accounts_revenue on accounts (schedule_id, currency) where kind = 'REVENUE';

  create trigger accounts_fixed before update of id, kind, partner, member_id, schedule_id, currency, created_at on accounts
    for each row execute function forbid('whose an account is does not change');
  create trigger accounts_kept before delete on accounts
    for each row execute function forbid('an account is for ever');
  create trigger accounts_not_truncated before truncate on accounts
    for each statement execute function forbid('an account is for ever');
`;

const payments = `
  create sequence refund_ids;
  create table payments (
    id bigint generated always as identity primary key,
    partner text not null check (char_length(partner) between 1 and 64),
    member_id text not null check (char_length(member_id) between 1 and 64),
    account_id bigint not null references accounts,
    reservation_id bigint not null check (reservation_id > 0),
    schedule_id bigint not null check (schedule_id > 0),
    ticket_number bigint not null check (ticket_number > 0),
    ticket_id uuid not null,
    amount bigint not null check (amount between 0 and 9007199254740991),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    status text not null
      check (status in ('RESERVED', 'PAID', 'VOIDED', 'DECLINED', 'REFUNDING', 'REFUNDED')),
    reason text not null default '' check (reason ~ '^[A-Z_]*$'),
    request_id uuid,
    fingerprint bytea check (length(fingerprint) = 32),
    -- The refund under way or done, or the last that was rejected.
    refund_id bigint unique check (refund_id > 0),
    -- How often somebody has taken it over, and until when the last to do so may be at it.
    attempt integer not null default 0 check (attempt >= 0),
    lease_until timestamptz,
    created_at timestamptz not null default clock_timestamp(),
    updated_at timestamptz not null default clock_timestamp(),
    unique (partner, request_id),
    constraint payments_request check ((request_id is null) = (fingerprint is null)),
    constraint payments_reason check (status not in ('VOIDED', 'DECLINED') or reason <> ''),
    constraint payments_refund check (status not in ('REFUNDING', 'REFUNDED') or refund_id is not null),
    -- Exactly what is under way is somebody's to finish.
    constraint payments_lease check ((status in ('RESERVED', 'REFUNDING')) = (lease_until is not null))
  )
  with (fillfactor = 80);
  -- A reservation is being paid, paid or being refunded once.
  create unique index payments_live on payments (reservation_id) where status in ('RESERVED', 'PAID', 'REFUNDING');
  -- What is under way, in the order in which it is to be taken over.
  create index payments_under_way on payments (lease_until) where status in ('RESERVED', 'REFUNDING');

  create trigger payments_steps before update on payments for each row
    when (
      old.status <> new.status and (old.status, new.status) not in (
        ('RESERVED', 'PAID'), ('RESERVED', 'VOIDED'), ('PAID', 'REFUNDING'), ('REFUNDING', 'REFUNDED'), ('REFUNDING', 'PAID')
      )
    )
    execute function forbid('no such step of a payment');
  create trigger payments_begin before insert on payments for each row
    when (new.status not in ('RESERVED', 'DECLINED'))
    execute function forbid('a payment begins RESERVED or DECLINED');
  create trigger payments_fixed before update of id, partner, member_id, account_id, reservation_id, schedule_id,
    ticket_number, ticket_id, amount, currency, request_id, fingerprint, created_at on payments
    for each row execute function forbid('what a payment is about does not change');
  create trigger payments_kept before delete on payments
    for each row execute function forbid('a payment is for ever');
  create trigger payments_not_truncated before truncate on payments
    for each statement execute function forbid('a payment is for ever');
`;

// The accounts of a transfer are no foreign keys: their checks would lock the row of a system account, shared, in every
// transaction, and one row that all lock is hot. Accounts are never deleted, so one look when the row is written is enough.
const transfers = `
  create table transfers (
    id bigint generated always as identity primary key,
    kind text not null check (kind in ('CHARGE', 'PAYMENT', 'REFUND')),
    state text not null check (state in ('PENDING', 'POSTED', 'VOIDED')),
    amount bigint not null check (amount between 0 and 9007199254740991),
    debit_account bigint not null,
    credit_account bigint not null,
    payment_id bigint references payments,
    created_at timestamptz not null default clock_timestamp(),
    resolved_at timestamptz,
    -- A payment is debited once, and given back once.
    unique (payment_id, kind),
    constraint transfers_resolved check ((state = 'PENDING') = (resolved_at is null)),
    constraint transfers_two_phase check (kind = 'PAYMENT' or state = 'POSTED'),
    constraint transfers_payment check ((kind = 'CHARGE') = (payment_id is null))
  )
  with (fillfactor = 80);

  create trigger transfers_steps before update on transfers for each row
    when (
      old.state <> 'PENDING'
      or (old.id, old.kind, old.amount, old.debit_account, old.credit_account, old.payment_id, old.created_at)
        is distinct from (new.id, new.kind, new.amount, new.debit_account, new.credit_account, new.payment_id, new.created_at)
    )
    execute function forbid('a transfer resolves once, and is otherwise fixed');
  create trigger transfers_begin before insert on transfers for each row
    when (new.kind = 'PAYMENT' and new.state <> 'PENDING')
    execute function forbid('a payment is PENDING first');
  create trigger transfers_kept before delete on transfers
    for each row execute function forbid('a transfer is for ever');
  create trigger transfers_not_truncated before truncate on transfers
    for each statement execute function forbid('a transfer is for ever');

  create function check_transfer_accounts() returns trigger language plpgsql as $$
  begin
    perform from accounts debit join accounts credit on credit.currency = debit.currency
    where debit.id = new.debit_account and credit.id = new.credit_account
      and (new.kind, debit.kind, credit.kind) in (
        ('CHARGE', 'TOP_UP', 'MEMBER'), ('PAYMENT', 'MEMBER', 'REVENUE'), ('REFUND', 'REVENUE', 'MEMBER')
      );
    if not found then
      raise exception 'a % does not go from account % to account %', new.kind, new.debit_account, new.credit_account
        using errcode = 'check_violation';
    end if;
    return null;
  end $$;
  -- After the row: a balance that is locked before it stays locked first.
  create trigger transfers_accounts after insert on transfers
    for each row execute function check_transfer_accounts();
`;

const entries = `
  create table entries (
    id bigint generated always as identity primary key,
    transfer_id bigint not null references transfers,
    account_id bigint not null,
    amount bigint not null,
    -- Of a member's account; the system's accounts have no balance.
    balance_after bigint check (balance_after between 0 and 9007199254740991),
    created_at timestamptz not null default clock_timestamp(),
    unique (transfer_id, account_id)
  );
  -- A statement, newest first.
  create index entries_of_account on entries (account_id, id);

  create trigger entries_fixed before update or delete on entries
    for each row execute function forbid('an entry is for ever');
  create trigger entries_not_truncated before truncate on entries
    for each statement execute function forbid('an entry is for ever');
`;

// At the commit, since a transfer is written before its entries. From both sides: a posted transfer without entries, and
// entries that nobody has posted.
const balanced = `
  create function check_balanced() returns trigger language plpgsql as $$
  declare
    transfer transfers;
    fitting integer;
    found_entries integer;
  begin
    if tg_table_name = 'entries' then
      select * into transfer from transfers where id = new.transfer_id;
    else
      select * into transfer from transfers where id = new.id;
    end if;
    select count(*), count(*) filter (where
      (account_id = transfer.debit_account and amount = -transfer.amount)
      or (account_id = transfer.credit_account and amount = transfer.amount))
    into found_entries, fitting
    from entries where transfer_id = transfer.id;
    if transfer.state <> 'POSTED' or found_entries <> 2 or fitting <> 2 then
      raise exception 'transfer % is % and has % entries, % of them fitting', transfer.id, transfer.state, found_entries, fitting
        using errcode = 'check_violation';
    end if;
    return null;
  end $$;
  create constraint trigger entries_balanced after insert on entries deferrable initially deferred
    for each row execute function check_balanced();
  create constraint trigger transfers_balanced after insert or update on transfers deferrable initially deferred
    for each row when (new.state = 'POSTED') execute function check_balanced();
`;

const outbox = `
  create table outbox (
    id bigint generated always as identity primary key,
    -- As in CloudEvents.
    type text not null check (type ~ '^boxoffice\\.ledger\\.[a-z.]+\\.v[0-9]+$'),
    subject text not null check (subject <> ''),
    payload jsonb not null,
    attempts integer not null default 0 check (attempts >= 0),
    next_attempt_at timestamptz not null,
    delivered_at timestamptz,
    created_at timestamptz not null default clock_timestamp(),
    -- A fact is told once.
    unique (type, subject)
  )
  with (fillfactor = 80);
  -- What is to be delivered, in the order in which it is due.
  create index outbox_due on outbox (next_attempt_at) where delivered_at is null;
`;
