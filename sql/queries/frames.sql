-- Stored frames: snapshots every five minutes, what changed in between.

-- name: next_version
-- The publisher.
select nextval('frame_version');

-- name: store
-- The publisher: a snapshot (base null) or what changed since `base`.
insert into frame (version, as_of, base, data_version, body)
values (:version, :as_of, :base, :data_version, :body);

-- name: newest_snapshot
-- Who starts or reads the past: the newest snapshot by :at.
select version, body
from frame
where base is null
  and as_of <= :at
order by as_of desc, version desc
limit 1;

-- name: changes
-- The changes after a version, by :at, in order.
select version, base, body
from frame
where version > :version
  and base is not null
  and as_of <= :at
order by version;

-- name: snapshot_before
-- Exports, of the frame that was on the screen: the newest snapshot up to a version.
select version, body
from frame
where base is null
  and version <= :version
order by version desc
limit 1;

-- name: changes_up_to
-- Exports: the changes after :since that lead to a version, in order.
select version, base, body
from frame
where version > :since
  and version <= :version
  and base is not null
order by version;

-- name: following
-- Whoever polls because the stream is gone: everything after a version, snapshots told by a null base.
select version, base, body
from frame
where version > :version
order by version
limit 700;

-- name: newest_version
-- Whoever polls.
select max(version)
from frame;

-- name: drop_changes
-- Housekeeping: to the second for 24 hours, from the snapshot on that the oldest of them begin with.
delete from frame
where base is not null
  and as_of < coalesce((select max(as_of) from frame where base is null and as_of <= :day_ago), :day_ago);

-- name: drop_snapshots
-- Housekeeping: to five minutes for 90 days, then the first of each hour.
delete from frame
where base is null
  and as_of < :quarter_ago
  and version not in (
      select min(version)
      from frame
      where base is null
        and as_of < :quarter_ago
      group by date_trunc('hour', as_of)
  );

-- name: newest_frame
-- Verify: which facts the newest frame was computed from.
select version, as_of, data_version
from frame
order by version desc
limit 1;
