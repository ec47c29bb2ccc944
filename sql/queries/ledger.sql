-- The ledger of loads, the quarantine, and where each feed stands. Parameters :name.

-- name: keep_feed
-- Every load: the feed's row, made or brought up to its file (the profile's own feeds have theirs already).
insert into feed (id, dataset, title, kind, late_after_s, every_s)
values (:id, :dataset, :title, :kind, :late_after_s, :every_s)
on conflict (id) do update set
    dataset = excluded.dataset,
    title = excluded.title,
    kind = excluded.kind,
    late_after_s = excluded.late_after_s,
    every_s = excluded.every_s,
    retired = false
where (feed.dataset, feed.title, feed.kind, feed.late_after_s, feed.every_s, feed.retired)
    is distinct from (excluded.dataset, excluded.title, excluded.kind, excluded.late_after_s, excluded.every_s, false);

-- name: begin_load
-- Every load: its row, before anything else.
insert into load (feed_id, kind, source, source_hash)
values (:feed_id, :kind, :source, :source_hash)
returning id, started_at;

-- name: claim_load
-- The loading session holds this lock as long as it lives: a running load without it was interrupted.
select pg_advisory_lock(766000000000 + :load_id);

-- name: add_to_load
-- Each committed batch, in its own transaction.
update load
set read = read + :read,
    merged = merged + :merged,
    unchanged = unchanged + :unchanged,
    refused = refused + :refused,
    first_event_at = least(first_event_at, :first_event_at),
    last_event_at = greatest(last_event_at, :last_event_at)
where id = :load_id;

-- name: end_load
-- Every load that ended, well or not.
update load
set state = :state,
    finished_at = clock_timestamp(),
    error = :error
where id = :load_id
returning read, merged, unchanged, refused, started_at, finished_at;

-- name: running_loads
-- Who starts: loads that may have been interrupted.
select id
from load
where state = 'running';

-- name: interrupt_load
-- Who starts: true when the load's session is gone; then the load is marked.
with gone as (
    select pg_try_advisory_xact_lock(766000000000 + :load_id) as is_gone
)
update load
set state = 'interrupted',
    finished_at = clock_timestamp(),
    error = 'the program ended before the load did; what it had committed stands, load it again for the rest'
from gone
where id = :load_id
  and state = 'running'
  and is_gone;

-- name: drop_idle_pulls
-- Housekeeping: pulls that brought nothing new, after two days (a live feed makes 17,000 a day).
delete from load
where kind = 'pull'
  and state = 'done'
  and merged = 0
  and refused = 0
  and finished_at < :two_days_ago;

-- name: note_feed
-- Each committed batch: how new the feed's newest event is.
update feed
set event_at = greatest(event_at, :event_at)
where id = :feed_id
  and :event_at is not null;

-- name: note_cursor
-- Each committed page of a pull: where the next one begins.
update feed
set cursor = :cursor
where id = :feed_id;

-- name: note_fetched
-- A run that ended well.
update feed
set fetched_at = clock_timestamp(),
    failed_at = null,
    error = null
where id = :feed_id;

-- name: is_failing
-- The end of every run: whether the feed's last run failed.
select failed_at is not null
from feed
where id = :feed_id;

-- name: note_failed
-- A run that failed.
update feed
set failed_at = clock_timestamp(),
    error = :error
where id = :feed_id;

-- name: read_cursor
-- Every pull.
select cursor
from feed
where id = :feed_id;

-- name: bump_data_version
-- Each committed batch that changed a fact: wakes the publisher.
update data_version
set version = version + 1,
    changed_at = clock_timestamp();

-- name: tell_change
-- Each committed batch that changed a fact.
notify facts_changed;

-- name: hold_row
-- Each refused row; the same row refused again keeps its place and takes the newest reason.
insert into quarantine as q (feed_id, load_id, row_no, row, row_hash, reason, detail)
select distinct on (feed_id, row_hash) feed_id, load_id, row_no, row, row_hash, reason, detail
from jsonb_to_recordset(:rows) as new (feed_id text, load_id bigint, row_no bigint, row jsonb, reason text, detail text)
cross join lateral sha256(convert_to(
    row::text || case when reason in ('wrong number of fields', 'unreadable text', 'not a record') then row_no::text else '' end,
    'UTF8'
)) as row_hash
order by feed_id, row_hash
on conflict (feed_id, row_hash) do update set
    load_id = excluded.load_id,
    row_no = excluded.row_no,
    reason = excluded.reason,
    detail = excluded.detail,
    state = 'held',
    replayed_at = null,
    replay_load_id = null
where q.state <> 'held' or (q.reason, q.detail) is distinct from (excluded.reason, excluded.detail);

-- name: held_rows
-- quarantine list.
select id, feed_id, load_id, row_no, row, reason, detail, held_at
from quarantine
where state = 'held'
  and feed_id = coalesce(:feed_id, feed_id)
  and id > :after
order by id
limit :row_limit;

-- name: replayable_rows
-- quarantine replay: held rows whose columns were kept (an unreadable line was not), and when they were told (UTC).
select q.id, q.row, (load.started_at + q.row_no * interval '1 microsecond') at time zone 'UTC'
from quarantine as q
join load on load.id = q.load_id
where q.state = 'held'
  and q.feed_id = :feed_id
  and q.id > :after
  and q.reason not in ('wrong number of fields', 'unreadable text', 'not a record')
order by q.id
limit :row_limit;

-- name: refuse_again
-- quarantine replay: a row that is still refused, with today's reason.
update quarantine
set reason = :reason,
    detail = :detail
where id = :id;

-- name: held_counts
-- quarantine list: how many rows are held, by feed and reason.
select feed_id, reason, count(*) as rows, min(held_at) as first_at, max(held_at) as last_at
from quarantine
where state = 'held'
group by feed_id, reason
order by feed_id, rows desc;

-- name: held_row
-- quarantine show.
select q.id, q.feed_id, q.load_id, q.row_no, q.row, q.reason, q.detail, q.state, q.held_at, q.replayed_at, q.replay_load_id, load.source
from quarantine as q
join load on load.id = q.load_id
where q.id = :id;

-- name: release_rows
-- quarantine replay: rows that a mended mapping or profile now accepts.
update quarantine
set state = 'replayed',
    replayed_at = clock_timestamp(),
    replay_load_id = :load_id
where id = any(:ids)
  and state = 'held';

-- name: create_category
-- A category that a feed under `create` brings.
insert into category (code, name_vi, name_en, from_feed)
values (:name, :name, :name, true)
on conflict (code) do update set code = excluded.code
returning id;

-- name: create_procedure
-- A procedure that a feed under `create` brings.
insert into procedure (code, name_vi, name_en, field_id, from_feed)
values (:name, :name, :name, 0, true)
on conflict (code) do update set code = excluded.code
returning id;

-- name: create_unit
-- A unit that a feed under `create` brings.
insert into unit (key, code, name_vi, name_en, kind, level, valid_from)
values (:name, :name, :name, :name, 'created', 'created', '1900-01-01')
on conflict (key) do update set key = excluded.key
returning id;

-- name: profile_hash
-- Each batch, with its turn taken: the profile whose clocks it must have been mapped by.
select profile_hash
from city;

-- name: release_load
-- Every load that ended: its lock, for sessions that go on.
select pg_advisory_unlock(766000000000 + :load_id);

-- name: columns_seen
-- Before a merge: whether all rows of a fact table come from feeds with the same columns.
select columns
from fact_columns
where fact = :fact;

-- name: has_waiting_ratings
-- Before dossiers are copied straight into their table: whether ratings wait for any.
select exists (select 1 from rating where waiting);

-- name: note_columns
-- Before the first merge of a set of columns.
insert into fact_columns (fact, columns)
values (:fact, :columns)
on conflict do nothing;
