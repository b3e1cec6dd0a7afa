-- The yardstick: a double-entry ledger in PL/pgSQL as one writes it. Both accounts are locked FOR UPDATE in ascending order of
-- their ids, each has a balance, each entry keeps the balance before and after it; one transfer a transaction.
create schema baseline;

create table baseline.accounts (
  id bigint primary key,
  balance bigint not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create table baseline.transfers (
  id bigint generated always as identity primary key,
  from_account_id bigint not null references baseline.accounts,
  to_account_id bigint not null references baseline.accounts,
  amount bigint not null check (amount > 0),
  created_at timestamptz not null default now(),
  check (from_account_id <> to_account_id)
);
create index on baseline.transfers (from_account_id);
create index on baseline.transfers (to_account_id);

create table baseline.entries (
  id bigint generated always as identity primary key,
  account_id bigint not null references baseline.accounts,
  transfer_id bigint not null references baseline.transfers,
  amount bigint not null,
  previous_balance bigint not null,
  current_balance bigint not null,
  created_at timestamptz not null default now(),
  check (current_balance = previous_balance + amount)
);
create index on baseline.entries (account_id, id);
create index on baseline.entries (transfer_id);

create function baseline.transfer(from_id bigint, to_id bigint, moved bigint) returns bigint language plpgsql as $$
declare
  transfer_id bigint;
  from_balance bigint;
  to_balance bigint;
begin
  perform from baseline.accounts where id in (from_id, to_id) order by id for update;

  insert into baseline.transfers (from_account_id, to_account_id, amount)
  values (from_id, to_id, moved)
  returning id into transfer_id;

  update baseline.accounts set balance = balance - moved, updated_at = now() where id = from_id
  returning balance into strict from_balance;
  insert into baseline.entries (account_id, transfer_id, amount, previous_balance, current_balance)
  values (from_id, transfer_id, -moved, from_balance + moved, from_balance);

  update baseline.accounts set balance = balance + moved, updated_at = now() where id = to_id
  returning balance into strict to_balance;
  insert into baseline.entries (account_id, transfer_id, amount, previous_balance, current_balance)
  values (to_id, transfer_id, moved, to_balance - moved, to_balance);

  return transfer_id;
end $$;
