-- Accounts, their sessions, and the notes that they pin.

-- name: add
-- `users add`: a new account; one of that name is changed, and what it was signed in to ends.
insert into account (name, role, units, password_hash)
values (:name, :role, :units, :password_hash)
on conflict (name) do update set
    role = excluded.role, units = excluded.units, password_hash = excluded.password_hash, disabled_at = null
returning id;

-- name: listed
-- `users list`.
select a.name, a.role, a.units, a.created_at, a.disabled_at, max(s.created_at) as signed_in_at
from account as a
left join account_session as s on s.account_id = a.id
group by a.id
order by a.name;

-- name: disable
-- `users disable`.
update account
set disabled_at = now()
where name = :name
  and disabled_at is null
returning id;

-- name: end_sessions
-- `users`: whoever is signed in to an account no longer is.
delete from account_session
where account_id = :account_id;

-- name: unknown_units
-- `users add`: which of these keys are no units.
select wanted.key
from unnest(cast(:units as text[])) as wanted (key)
where not exists (select 1 from unit where unit.key = wanted.key);

-- name: any
-- Scope: is there any account yet.
select exists (select 1 from account where disabled_at is null) as found;

-- name: by_name
-- Signing in: the account of a name.
select id, name, role, units, password_hash
from account
where name = :name
  and disabled_at is null;

-- name: failures
-- Signing in: how often it failed within a quarter of an hour, for a name and for an address.
select
    count(*) filter (where name = :name) as of_name,
    count(*) filter (where address = :address) as of_address
from sign_in_failure
where at > cast(:now as timestamptz) - interval '15 minutes';

-- name: note_failure
-- Signing in: it failed.
insert into sign_in_failure (name, address, at)
values (:name, :address, :now);

-- name: forget_failures
-- Signing in: those too old to count.
delete from sign_in_failure
where at <= cast(:now as timestamptz) - interval '15 minutes'
   or name = :name;

-- name: open_session
-- Signing in: from now on the browser that holds the token is the account.
insert into account_session (token_hash, account_id, created_at, expires_at)
values (:token_hash, :account_id, :now, :expires_at);

-- name: forget_sessions
-- Signing in: sessions that have expired.
delete from account_session
where expires_at <= :now;

-- name: of_token
-- Every request with a cookie: whose session it is.
select a.id, a.name, a.role, a.units
from account_session as s
join account as a on a.id = s.account_id
where s.token_hash = :token_hash
  and s.expires_at > :now
  and a.disabled_at is null;

-- name: close_session
-- Signing out.
delete from account_session
where token_hash = :token_hash;

-- name: audit
-- Who did what.
insert into audit_event (at, actor, action, subject, detail)
values (:at, :actor, :action, :subject, cast(:detail as jsonb));

-- name: notes
-- Every chart: the notes that are pinned, of the last thirteen months.
select n.id, n.unit_key, n.indicator, n.day::text as day, n.words, a.name as author, n.pinned_at
from note as n
join account as a on a.id = n.account_id
where n.removed_at is null
  and n.day >= :from_on
order by n.day desc, n.id desc
limit 500;

-- name: pin
-- A note is pinned.
insert into note (unit_key, indicator, day, words, account_id, pinned_at)
values (:unit_key, :indicator, :day, :words, :account_id, :now)
returning id;

-- name: take_down
-- A note is taken down, by its author or by a leader.
update note
set removed_at = :now, removed_by = :account_id
where id = :id
  and removed_at is null
  and (account_id = :account_id or :is_leader)
returning id, unit_key, indicator, day::text as day;

-- name: busiest_unit
-- Demo accounts: a unit that today's map shows and that has work, else the first of the map.
select u.key, u.name_vi
from unit as u
left join dossier_stock as s on s.unit_id = u.id
where u.map_col is not null
group by u.id
order by coalesce(sum(s.open), 0) desc, u.position
limit 1;
