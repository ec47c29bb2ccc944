-- The push door: who may send, what they send, and where their feeds stand. Parameters :name.

-- name: add_sender
-- senders add: a new sender, or a disabled one that is let in again.
insert into sender (name, title, password_hash, key_hash, datasets, late_after_s, ok_code)
values (:name, :title, :password_hash, :key_hash, :datasets, :late_after_s, :ok_code)
on conflict (name) do update set
    title = excluded.title,
    password_hash = excluded.password_hash,
    key_hash = excluded.key_hash,
    datasets = excluded.datasets,
    late_after_s = excluded.late_after_s,
    ok_code = excluded.ok_code,
    disabled_at = null
where sender.disabled_at is not null
returning id;

-- name: drop_sender_units
-- senders add: the units of an earlier life of the name.
delete from sender_unit
where sender_id = :sender_id;

-- name: add_sender_units
-- senders add: the units whose dossiers the sender may write.
insert into sender_unit (sender_id, unit_code, agency)
select distinct cast(:sender_id as integer), unit_code, agency
from jsonb_to_recordset(:units) as new (unit_code text, agency text);

-- name: known_units
-- senders add: which of these codes any unit bears.
select distinct code
from unit
where code = any(:codes)
  and id > 0;

-- name: is_feed_free
-- senders add: whether no feed of another kind bears the name.
select not exists (
    select 1
    from feed
    where id = any(:ids)
      and kind <> 'push'
);

-- name: disable_sender
-- senders disable: nobody sends under this name any more.
update sender
set disabled_at = clock_timestamp()
where name = :name
  and disabled_at is null
returning id;

-- name: end_sessions
-- senders disable, senders add: what was let in before is over.
delete from sender_session
where sender_id = :sender_id;

-- name: retire_feeds
-- senders disable, senders add: feeds that nobody sends any more are not awaited.
update feed
set retired = true
where id = any(:ids)
  and kind = 'push';

-- name: list_senders
-- senders list: everyone, with the newest good call.
select
    sender.name,
    sender.title,
    sender.datasets,
    array(
        select concat_ws('=', nullif(agency, ''), unit_code)
        from sender_unit
        where sender_id = sender.id
        order by unit_code, agency
    ) as units,
    sender.created_at,
    sender.disabled_at,
    (
        select max(fetched_at)
        from feed
        where kind = 'push'
          and id in ('push-' || sender.name, 'push-' || sender.name || '_steps', 'push-' || sender.name || '_calls')
    ) as last_call_at
from sender
order by sender.name;

-- name: count_failures
-- Each login that has to be proved: how many failed lately under this name from this address, and from it in all.
select
    count(*) filter (where name = :name and address = :address) as of_pair,
    count(*) filter (where address = :address) as of_address,
    count(*) filter (where name = :name) as of_name
from sender_failure
where at > clock_timestamp() - interval '15 minutes'
  and (name = :name or address = :address);

-- name: note_failure
-- A login that failed.
insert into sender_failure (name, address)
values (:name, :address);

-- name: forget_failures
-- A login that failed: those of earlier.
delete from sender_failure
where at < clock_timestamp() - interval '15 minutes';

-- name: find_by_name
-- A login.
select id, name, title, datasets, late_after_s, ok_code, password_hash, disabled_at is not null as is_disabled
from sender
where name = :name;

-- name: find_by_session
-- A call of the portal's envelope.
select sender.id, sender.name, sender.title, sender.datasets, sender.late_after_s, sender.ok_code
from sender_session as session
join sender on sender.id = session.sender_id
where session.token_hash = :token_hash
  and session.expires_at > clock_timestamp()
  and sender.disabled_at is null;

-- name: find_by_key
-- A call of GeoReport.
select id, name, title, datasets, late_after_s, ok_code
from sender
where key_hash = :key_hash
  and disabled_at is null;

-- name: open_session
-- A login that went well.
insert into sender_session (token_hash, sender_id, expires_at)
values (:token_hash, :sender_id, clock_timestamp() + :seconds * interval '1 second');

-- name: forget_sessions
-- A login that went well: sessions that ended, and those of one sender beyond its newest fifty.
delete from sender_session
where expires_at < clock_timestamp()
   or token_hash in (
       select token_hash
       from sender_session
       where sender_id = :sender_id
       order by expires_at desc
       offset 50
   );

-- name: scope
-- Who sends: the ids of its units, whoever bore their codes, and of all units below them.
with recursive below as (
    select unit.id, unit.code
    from unit
    join sender_unit on sender_unit.unit_code = unit.code
    where sender_unit.sender_id = :sender_id
    union
    select unit.id, unit.code
    from unit
    join below on unit.parent_code = below.code
)
select id
from below;

-- name: sender_units
-- Who sends: its units as they were given.
select unit_code, agency
from sender_unit
where sender_id = :sender_id
order by unit_code, agency;

-- name: now
-- Each batch: when it was told, with its turn taken.
select clock_timestamp();

-- name: limits
-- Each batch: a writer that freezes, or a lock that is not free, must not hold up the door.
select
    set_config('lock_timeout', '15s', true),
    set_config('statement_timeout', '60s', true),
    set_config('idle_in_transaction_session_timeout', '60s', true);

-- name: take_turn
-- Each batch: the turns of the facts that it changes, in the order in which every loader takes them.
select pg_advisory_xact_lock(:turn);

-- name: open_loads
-- Each batch: the load of this minute of each feed.
select wanted.feed_id, newest.id, newest.started_at
from unnest(cast(:feed_ids as text[])) as wanted (feed_id)
cross join lateral (
    select id, kind, started_at
    from load
    where load.feed_id = wanted.feed_id
    order by id desc
    limit 1
) as newest
where newest.kind = 'push'
  and newest.started_at >= date_trunc('minute', cast(:now as timestamptz));

-- name: begin_loads
-- Each batch: a new load where this minute has none; it is done whenever it is seen, as its batches are.
insert into load (feed_id, kind, source, state, started_at, finished_at)
select feed_id, 'push', 'push', 'done', :now, :now
from unnest(cast(:feed_ids as text[])) as new (feed_id)
returning feed_id, id, started_at;

-- name: extend_loads
-- Each batch: what became of its rows, by load.
update load
set read = load.read + new.merged + new.unchanged + new.refused,
    merged = load.merged + new.merged,
    unchanged = load.unchanged + new.unchanged,
    refused = load.refused + new.refused,
    first_event_at = least(load.first_event_at, :now),
    last_event_at = greatest(load.last_event_at, :now),
    finished_at = greatest(load.finished_at, :now)
from jsonb_to_recordset(:counts) as new (load_id bigint, merged bigint, unchanged bigint, refused bigint)
where load.id = new.load_id;

-- name: note_feeds
-- Each batch: feeds that were heard, and those of them that told something.
update feed
set fetched_at = :now,
    event_at = case when feed.id = any(:told_ids) then greatest(event_at, :now) else event_at end,
    failed_at = null,
    error = null,
    retired = false
where feed.id = any(:feed_ids);

-- name: stored_units
-- Each batch: whose the dossiers are that are stored already.
select dossier.code, dossier.unit_id
from unnest(cast(:codes as text[])) as told (code)
join dossier
    on dossier.code = told.code
   and dossier.month = dossier_month(told.code);

-- name: stored_tickets
-- Each batch: which calls are stored already, and when they were opened.
select code, opened_at
from ticket
where code = any(:codes);

-- name: find_dossier
-- TraCuuHoSo: one dossier, for whom it belongs to.
select dossier.unit_id, dossier.status, procedure.code
from dossier
left join procedure on procedure.id = dossier.procedure_id
where dossier.code = :code
  and dossier.month = dossier_month(:code);

-- name: find_procedure
-- LayThuTuc: one procedure and its field.
select procedure.code, procedure.name_vi, field.code, field.name_vi
from procedure
join field on field.id = procedure.field_id
where procedure.code = :code
  and procedure.id > 0;

-- name: categories
-- GeoReport's list of services.
select code, name_vi
from category
where id > 0
order by code;

-- name: held
-- senders replay: rows of the sender's feeds that are held, with when they were told.
select
    quarantine.id,
    quarantine.feed_id,
    quarantine.row,
    load.started_at + quarantine.row_no * interval '1 microsecond' as told_at
from quarantine
join load on load.id = quarantine.load_id
where quarantine.state = 'held'
  and quarantine.feed_id = any(:feed_ids)
  and quarantine.id > :after
  and quarantine.reason not in ('wrong number of fields', 'unreadable text', 'not a record')
order by quarantine.id
limit 500;

-- name: release
-- senders replay: a row that is accepted now.
update quarantine
set state = 'replayed',
    replayed_at = clock_timestamp(),
    replay_load_id = :load_id
where id = :id
  and state = 'held';

-- name: fold_loads
-- Housekeeping: the push loads of a feed and day, one for each minute, become one after two days. Those that the
-- quarantine names stay: they say when a held row was told.
with folded as (
    select id, min(id) over (partition by feed_id, date_trunc('day', started_at)) as kept_id
    from load
    where kind = 'push'
      and finished_at < :before
      and not exists (
          select 1
          from quarantine
          where quarantine.load_id = load.id
             or quarantine.replay_load_id = load.id
      )
),
sums as (
    select
        folded.kept_id,
        sum(load.read) as read,
        sum(load.merged) as merged,
        sum(load.unchanged) as unchanged,
        sum(load.refused) as refused,
        min(load.first_event_at) as first_event_at,
        max(load.last_event_at) as last_event_at,
        max(load.finished_at) as finished_at
    from folded
    join load on load.id = folded.id
    group by folded.kept_id
    having count(*) > 1
),
dropped as (
    delete from load
    using folded
    where load.id = folded.id
      and folded.id <> folded.kept_id
)
update load
set read = sums.read,
    merged = sums.merged,
    unchanged = sums.unchanged,
    refused = sums.refused,
    first_event_at = sums.first_event_at,
    last_event_at = sums.last_event_at,
    finished_at = sums.finished_at
from sums
where load.id = sums.kept_id
returning load.id;
