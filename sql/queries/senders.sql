-- How promptly each unit's software tells of what has happened.

-- name: days_counted
-- The job: which of the last days have been counted.
select distinct day
from sender_day
where day >= :from_on;

-- name: forget_day
-- The job: a day is counted anew.
delete from sender_day
where day = :day;

-- name: count_day
-- The job: the events of one day by unit. A status that names no instant of its own tells nothing of delay.
insert into sender_day (day, unit_id, told, slow, heard_at)
select :day, unit_id, count(*), count(*) filter (where changed_at - event_at > :slow_after), max(changed_at)
from (
    select
        unit_id, changed_at,
        case status
            when 2 then accepted_at
            when 9 then finished_at
            else coalesce(returned_at, finished_at)
        end as event_at
    from dossier
    where (
            accepted_at >= :from_at and accepted_at < :to_at
            or ended_at >= :from_at and ended_at < :to_at
          )
      and changed_at is not null
      and status in (2, 9, 10)
) as event
where event_at >= :from_at
  and event_at < :to_at
group by unit_id;

-- name: forget_before
-- The job: days that nobody asks for any more.
delete from sender_day
where day < :from_on;

-- name: week
-- The frame and the page of sources: how promptly each unit told in a week, and when it was last heard.
select unit_id, sum(told)::bigint as told, sum(slow)::bigint as slow, max(heard_at) as heard_at
from sender_day
where day >= :from_on
group by unit_id;
