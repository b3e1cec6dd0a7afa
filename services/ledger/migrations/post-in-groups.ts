import { Migration } from '@boxoffice/runtime/database/migrate';

/**
 * Movements of money are written in groups: what was checked a row at a time is checked a statement at a time where that is
 * as strict, and the balances of the system's own accounts are kept without a row that everybody updates.
 */
export class PostInGroups extends Migration {
  override up(): void {
    this.addSql(transferAccounts);
    this.addSql(entrySides);
    this.addSql(posted);
    this.addSql(systemBalances);
  }
}

// The settings hold within the function alone: its plan is kept while the tables grow, and shall look each row up by its key.
const byKey = `language plpgsql set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off`;

const transferAccounts = `
  drop trigger transfers_accounts on transfers;
  create or replace function check_transfer_accounts() returns trigger ${byKey} as $$
  declare
    wrong record;
  begin
    select moved.kind, moved.debit_account, moved.credit_account into wrong
    from moved
    left join accounts debit on debit.id = moved.debit_account
    left join accounts credit on credit.id = moved.credit_account and credit.currency = debit.currency
    where (moved.kind, debit.kind, credit.kind) in (
      ('CHARGE', 'TOP_UP', 'MEMBER'), ('PAYMENT', 'MEMBER', 'REVENUE'), ('REFUND', 'REVENUE', 'MEMBER')
    ) is not true
    limit 1;
    if found then
      raise exception 'a % does not go from account % to account %', wrong.kind, wrong.debit_account, wrong.credit_account
        using errcode = 'check_violation';
    end if;
    return null;
  end $$;
  create trigger transfers_accounts after insert on transfers referencing new table as moved
    for each statement execute function check_transfer_accounts();
`;

// Each entry is a side of a posted transfer, and each account has one entry of a transfer at most (unique): so whatever is
// written, no transfer has more than its two sides. A transfer is never deleted and its id never changes, so that one look
// when the entry is written stands for the foreign key, which would lock the transfer's row once an entry.
const entrySides = `
  alter table entries drop constraint entries_transfer_id_fkey;
  drop trigger entries_balanced on entries;
  create function check_entries() returns trigger ${byKey} as $$
  declare
    wrong record;
  begin
    select side.transfer_id, side.account_id, side.amount, side.balance_after into wrong
    from side left join transfers on transfers.id = side.transfer_id
    where (
      transfers.state = 'POSTED'
      and side.amount = case side.account_id
        when transfers.debit_account then -transfers.amount
        when transfers.credit_account then transfers.amount
      end
      -- A member's entry tells the balance; the system's side of a transfer has none.
      and (side.balance_after is null) = (
        side.account_id = case transfers.kind when 'PAYMENT' then transfers.credit_account else transfers.debit_account end
      )
    ) is not true
    limit 1;
    if found then
      raise exception 'an entry of % (balance %) on account % is no side of a posted transfer %',
        wrong.amount, wrong.balance_after, wrong.account_id, wrong.transfer_id using errcode = 'check_violation';
    end if;
    insert into balance_changes (account_id, amount)
    select account_id, sum(amount) from side where balance_after is null group by account_id;
    return null;
  end $$;
`;

// At the commit, since a transfer is written before its entries. With two entries it has both of its sides, which sum to zero.
const posted = `
  drop trigger transfers_balanced on transfers;
  drop function check_balanced();
  create function check_balanced() returns trigger language plpgsql as $$
  declare
    sides integer;
  begin
    select count(*) into sides from entries where transfer_id = new.id;
    if sides <> 2 then
      raise exception 'transfer % is POSTED and has % entries', new.id, sides using errcode = 'check_violation';
    end if;
    return null;
  end $$;
  create constraint trigger transfers_balanced after insert or update on transfers deferrable initially deferred
    for each row when (new.state = 'POSTED') execute function check_balanced();
`;

// A system account's balance is what has been rolled up and what has not: whoever writes entries adds a row, and updates none.
const systemBalances = `
  lock table entries in share row exclusive mode;
  create table balances (
    account_id bigint primary key references accounts,
    balance bigint not null,
    rolled_up_at timestamptz not null default clock_timestamp()
  )
  with (fillfactor = 70);
  create table balance_changes (
    account_id bigint not null,
    amount bigint not null
  )
  with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
  create index balance_changes_of_account on balance_changes (account_id);
  insert into balances (account_id, balance)
  select account_id, sum(amount) from entries where balance_after is null group by account_id;
  create trigger entries_sides after insert on entries referencing new table as side
    for each statement execute function check_entries();
`;
