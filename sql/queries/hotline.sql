-- The hotline's page. Unit or category -1 in a rollup stands for all. Weeks begin on Monday in the city's zone.

-- name: categories
-- The kinds of calls with their clocks.
select
    id, code, name_vi, name_en, sla_hours::float8, first_answer_hours::float8, forward_minutes::float8, about_dossiers
from category
order by id;

-- name: open
-- Calls open at an instant by unit and category: all, past their due time, due within a day. Its cost follows open work.
select
    unit_id,
    category_id,
    count(*)::integer as open,
    count(*) filter (where due_at < :at)::integer as late,
    count(*) filter (where due_at >= :at and due_at < :at + interval '24 hours')::integer as due_24h
from ticket
where ended_at is null
  and opened_at <= :at
group by unit_id, category_id;

-- name: unit_weeks
-- Counts of the weeks from one on, by unit over all categories.
select
    unit_id,
    sum(opened)::integer as opened,
    sum(reopened)::integer as reopened,
    sum(answered)::integer as answered,
    sum(ended)::integer as ended,
    sum(judged)::integer as judged,
    sum(on_time)::integer as on_time
from ticket_week
where unit_id >= 0
  and category_id = -1
  and week >= :from_on
  and week <= :today
group by unit_id;

-- name: category_weeks
-- Counts of the weeks from one on, by category over all units.
select
    category_id,
    sum(opened)::integer as opened,
    sum(reopened)::integer as reopened,
    sum(answered)::integer as answered,
    sum(ended)::integer as ended,
    sum(judged)::integer as judged,
    sum(on_time)::integer as on_time
from ticket_week
where unit_id = -1
  and category_id >= 0
  and week >= :from_on
  and week <= :today
group by category_id;

-- name: category_waits
-- How long first answers (1) and closings (2) took, by category over all units, in bins (indicators/hotline.py).
select category_id, measure, bin, sum(n)::integer as n
from ticket_spread
where measure in (1, 2)
  and unit_id = -1
  and category_id >= 0
  and week >= :from_on
  and week <= :today
group by category_id, measure, bin
having sum(n) <> 0;

-- name: spread
-- Calls by hour of the week (0), first answers (1) and closings (2) by how long they took: of the city (-1, -1), of a
-- category over all units, of some units over all categories.
select measure, bin, sum(n)::integer as n
from ticket_spread
where measure in (0, 1, 2)
  and unit_id = any(:units)
  and category_id = :category
  and week >= :from_on
  and week <= :today
group by measure, bin
having sum(n) <> 0;

-- name: spread_of_both
-- The same of some units and one category: few enough calls to count them one by one.
select measure, bin, count(*)::integer as n
from (
    select
        0 as measure, opened_at as at,
        ((extract(isodow from opened_at at time zone :zone) - 1) * 24 + extract(hour from opened_at at time zone :zone))::integer as bin
    from ticket
    where unit_id = any(:units)
      and category_id = :category
      and opened_at >= :from_at
    union all
    select
        side.measure, side.at, ticket_bin(side.at - opened_at)::integer
    from ticket
    cross join lateral (values (1, first_answer_at), (2, ended_at)) as side (measure, at)
    where unit_id = any(:units)
      and category_id = :category
      and side.at >= :from_at
) as event
where at <= :now
group by measure, bin;

-- name: gathered
-- Calls by unit and category of the last seven days, of the weeks before them, and of the last thirty days.
select
    unit_id,
    category_id,
    sum(opened) filter (where day > :week_ago)::integer as calls,
    sum(opened) filter (where day <= :week_ago)::integer as before,
    sum(opened) filter (where day > :month_ago)::integer as month,
    sum(reopened) filter (where day > :week_ago)::integer as reopened
from ticket_day
where day > :from_on
  and day <= :today
group by unit_id, category_id;

-- name: month_received
-- Dossiers accepted by unit, of the last thirty days.
select unit_id, sum(received)::integer as received
from dossier_unit_day
where day > :from_on
  and day <= :today
group by unit_id;

-- name: open_list
-- The calls behind a number of what is open at an instant; a null choice leaves nothing out.
select code, unit_id, category_id, opened_at, due_at, first_answer_at, closed_at, reopened_at, ended_at, count(*) over ()::integer as total
from ticket
where ended_at is null
  and opened_at <= :at
  and (cast(:units as integer[]) is null or unit_id = any(:units))
  and (cast(:category as integer) is null or category_id = :category)
  and (not :late or due_at < :at)
order by due_at nulls last, code
limit :limit
offset :offset;

-- name: opened_list
-- The calls opened from an instant on, in some hour of the week or in any, reopened ones only or all.
select code, unit_id, category_id, opened_at, due_at, first_answer_at, closed_at, reopened_at, ended_at, count(*) over ()::integer as total
from ticket
where opened_at >= :from_at
  and opened_at <= :at
  and (cast(:units as integer[]) is null or unit_id = any(:units))
  and (cast(:category as integer) is null or category_id = :category)
  and (
      cast(:slot as integer) is null
      or (extract(isodow from opened_at at time zone :zone) - 1) * 24 + extract(hour from opened_at at time zone :zone) = :slot
  )
  and (not :reopened or reopened_at is not null)
order by opened_at desc, code
limit :limit
offset :offset;

-- name: ended_list
-- The calls closed from an instant on, those closed late only or all.
select code, unit_id, category_id, opened_at, due_at, first_answer_at, closed_at, reopened_at, ended_at, count(*) over ()::integer as total
from ticket
where ended_at is not null
  and ended_at >= :from_at
  and ended_at <= :at
  and (cast(:units as integer[]) is null or unit_id = any(:units))
  and (cast(:category as integer) is null or category_id = :category)
  and (not :late or ended_at > due_at)
order by ended_at desc, code
limit :limit
offset :offset;
