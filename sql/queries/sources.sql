-- The page of the sources: feeds, their loads, and the rows that were refused.

-- name: feeds
-- Sources: every feed in use with its last ended load and what is held of it.
select
    feed.id,
    feed.dataset,
    feed.title,
    feed.kind,
    feed.late_after_s,
    feed.every_s::double precision as every_s,
    feed.event_at,
    feed.fetched_at,
    feed.failed_at,
    feed.error,
    last.id as load_id,
    last.state as load_state,
    last.started_at as load_started_at,
    last.finished_at as load_finished_at,
    last.read,
    last.merged,
    last.unchanged,
    last.refused,
    (
        select count(*)
        from quarantine
        where quarantine.feed_id = feed.id
          and quarantine.state = 'held'
    )::bigint as held,
    window_count.done as backfill_done,
    window_count.of as backfill_of
from feed
left join lateral (
    select id, state, started_at, finished_at, read, merged, unchanged, refused
    from load
    where load.feed_id = feed.id
    order by state = 'running', id desc  -- a run that has ended says more than one that has just begun
    limit 1
) as last on true
left join lateral (
    select nullif(count(*), 0)::bigint as of, (count(*) filter (where state = 'done'))::bigint as done
    from backfill_window
    where backfill_window.feed_id = feed.id
) as window_count on true
where not feed.retired
order by feed.id;

-- name: loads
-- Sources: the newest loads, of one feed (:feed) or of all (null).
select
    id,
    feed_id as feed,
    kind,
    source,
    state,
    started_at,
    finished_at,
    extract(epoch from coalesce(finished_at, clock_timestamp()) - started_at)::double precision as seconds,
    read,
    merged,
    unchanged,
    refused,
    (read / nullif(extract(epoch from finished_at - started_at), 0))::double precision as rows_per_s,
    first_event_at,
    last_event_at,
    error
from load
where feed_id = :feed
   or cast(:feed as text) is null
order by id desc
limit :limit;

-- name: quarantine
-- Sources: the newest refused rows in a state (held or replayed), of one feed (:feed) or of all (null).
select id, feed_id as feed, load_id, row_no, row, reason, detail, state, held_at, replayed_at, replay_load_id
from quarantine
where state = :state
  and (feed_id = :feed or cast(:feed as text) is null)
order by id desc
limit :limit;

-- name: quarantine_reasons
-- Sources: how many rows are held, by feed and reason.
select feed_id as feed, reason, count(*)::bigint as held, max(held_at) as newest_at
from quarantine
where state = 'held'
group by feed_id, reason
order by held desc, feed_id, reason;
