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
    retry_at = null,
    changed_at = clock_timestamp()
where w.state = 'failed'
   or excluded.to_at > w.to_at;

-- name: open_windows
-- A worker: the windows that wait, the newest first, and those that somebody works on or has left behind.
select feed_id, from_at, to_at, tries
from backfill_window
where state in ('waiting', 'running')
  and (retry_at is null or retry_at <= :now)
  and feed_id = coalesce(:feed_id, feed_id)
order by to_at desc, feed_id
limit 100;

-- name: waiting
-- Beat's turn: windows that somebody could begin with.
select feed_id, from_at
from backfill_window
where state in ('waiting', 'running')
  and (retry_at is null or retry_at <= :now)
order by to_at desc, feed_id
limit :row_limit;

-- name: begin
-- A worker that holds the window's lease: it works on it now, unless another has finished it meanwhile.
update backfill_window
set state = 'running',
    changed_at = clock_timestamp()
where feed_id = :feed_id
  and from_at = :from_at
  and to_at = :to_at
  and state in ('waiting', 'running')
returning tries;

-- name: finish
-- A worker, on the session that loaded it: the window is done, waits for another try, or has failed for good.
-- One that was planned longer meanwhile waits again.
update backfill_window
set state = :state,
    load_id = :load_id,
    tries = tries + 1,
    retry_at = :retry_at,
    changed_at = clock_timestamp()
where feed_id = :feed_id
  and from_at = :from_at
  and to_at = :to_at
  and state = 'running';

-- name: lock_feed
-- A worker that starts: of several that start at once, one plans the history of a feed.
select 1
from feed
where id = :feed_id
for update;

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
