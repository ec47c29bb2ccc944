-- History, loaded window by window beside live traffic; the newest window first.

-- name: plan
-- Who starts a backfill: its windows. What is planned already stays, unless it failed or the new window reaches further.
insert into backfill_window as w (feed_id, from_at, to_at)
select :feed_id, from_at, to_at
from jsonb_to_recordset(:windows) as new (from_at timestamptz, to_at timestamptz)
on conflict (feed_id, from_at) do update set
    to_at = greatest(w.to_at, excluded.to_at),
    state = 'waiting',
    tries = 0,
    changed_at = clock_timestamp()
where w.state = 'failed'
   or excluded.to_at > w.to_at;

-- name: claim
-- A worker: the next window nobody works on. The row stays locked until the window is done: a crash frees it.
select feed_id, from_at, to_at, tries
from backfill_window
where state = 'waiting'
  and feed_id = coalesce(:feed_id, feed_id)
order by to_at desc, feed_id
limit 1
for update skip locked;

-- name: finish
-- A worker: the window is done, waits for another try, or has failed for good.
update backfill_window
set state = :state,
    load_id = :load_id,
    tries = tries + 1,
    changed_at = clock_timestamp()
where feed_id = :feed_id
  and from_at = :from_at;

-- name: is_planned
-- A worker that starts: whether a feed has a history or a cursor already.
select exists (select 1 from backfill_window where feed_id = :feed_id)
    or exists (select 1 from feed where id = :feed_id and cursor is not null);

-- name: set_start
-- A worker that starts: live pulls of a new feed begin where its history ends.
update feed
set cursor = jsonb_build_object('since', :since)
where id = :feed_id
  and cursor is null;
