-- Leases: who works on what, of all hosts. The work's advisory lock is held by a session, its sign of life is a row.

-- name: guard
-- Who wants a lease: one at a time looks at it.
select pg_try_advisory_xact_lock(hashtextextended(:name, 7660101));

-- name: lock
-- Who wants a lease: true when no session holds it; this one holds it then.
select pg_try_advisory_lock(hashtextextended(:name, 7660100));

-- name: overdue
-- Who wants a lease: the session that holds it though its program has given no sign of life for too long.
select held.pid
from lease
join pg_locks as held
    on held.locktype = 'advisory'
   and held.database = (select oid from pg_database where datname = current_database())
   and held.objsubid = 1
   and (held.classid::bigint << 32 | held.objid::bigint) = hashtextextended(lease.name, 7660100)
where lease.name = :name
  and lease.breathes_until < clock_timestamp()
  and held.granted;

-- name: end_session
-- Who takes a lease over: what the old session has not committed is undone, and it can write no more.
select pg_terminate_backend(:pid, 5000);

-- name: take
-- Who holds the lock now: its sign of life.
insert into lease (name, token, breathes_until)
values (:name, nextval('lease_token'), clock_timestamp() + :seconds * interval '1 second')
on conflict (name) do update set
    token = excluded.token,
    breathes_until = excluded.breathes_until
returning token;

-- name: breathe
-- Who works: a sign of life; no row when another has taken over.
update lease
set breathes_until = clock_timestamp() + :seconds * interval '1 second'
where name = :name
  and token = :token
returning token;

-- name: bearer
-- Who lost its session: whether the lease is still its own.
select token
from lease
where name = :name;

-- name: drop
-- Who is done.
delete from lease
where name = :name
  and token = :token;

-- name: unlock
-- Who is done.
select pg_advisory_unlock(hashtextextended(:name, 7660100));
