-- The frame: the same counts as recount.sql, from the rollups and the open files alone. Their cost follows today's open
-- work, never the years of history. What lies ahead of :at (a clock that runs fast) is taken off again: `ahead_*`.
-- The session's time zone is the city's. :today is the day of :at, :first the day 29 days before.

-- name: stock
-- Dossiers that are open, whenever they were accepted.
select unit_id, field_id, open, open_due
from dossier_stock
where open <> 0 or open_due <> 0;

-- name: late
-- Open dossiers past their due time, and due within 24 hours.
select
    d.unit_id, p.field_id,
    count(*) filter (where d.due_at < :at) as late,
    count(*) filter (where d.due_at >= :at) as due_24h
from dossier as d
join procedure as p on p.id = d.procedure_id
where d.ended_at is null
  and d.due_at < :at + interval '24 hours'
  and d.accepted_at <= :at
group by d.unit_id, p.field_id;

-- name: month
-- What was accepted and finished in the 30 days, and today.
select
    unit_id,
    sum(received) filter (where day = :today) as received_today,
    sum(finished) filter (where day = :today) as resolved_today,
    sum(received) as received, sum(channel_known) as channel_known, sum(online) as online,
    sum(accept_judged) as accept_judged, sum(accepted_late) as accepted_late, sum(same_day) as same_day,
    sum(finished) as finished, sum(judged) as judged, sum(on_time) as on_time, sum(rated) as rated, sum(content) as content
from dossier_unit_day
where day between :first and :today
group by unit_id;

-- name: ahead
-- Dossiers accepted or ended after :at, one by one (there are few): what the rollups count too early.
select
    d.unit_id, p.field_id, d.channel, coalesce(d.status, 9) not in (3, 7, 8) as is_result, d.rating_min,
    d.rating_min >= city_content_from() as is_content, d.accepted_at, d.ended_at, d.due_at, d.accept_by,
    d.accepted_at::date as accepted_on, d.ended_at::date as ended_on
from dossier as d
join procedure as p on p.id = d.procedure_id
where d.accepted_at is not null
  and (d.accepted_at > :at or d.ended_at > :at);

-- name: ticket_stock
-- Tickets that are open.
select unit_id, category_id, open
from ticket_stock
where open <> 0;

-- name: ticket_late
-- Open tickets past their time limit.
select unit_id, count(*) as tickets_late
from ticket
where ended_at is null
  and due_at < :at
  and opened_at <= :at
group by unit_id;

-- name: ticket_month
-- Tickets opened and closed in the 30 days, and today.
select
    unit_id,
    sum(opened) filter (where day = :today) as tickets_opened_today,
    sum(ended) filter (where day = :today) as tickets_closed_today,
    sum(judged) as tickets_judged, sum(on_time) as tickets_on_time
from ticket_day
where day between :first and :today
group by unit_id;

-- name: ticket_ahead
-- Tickets opened or closed after :at, one by one.
select unit_id, opened_at, ended_at, due_at, opened_at::date as opened_on, ended_at::date as ended_on
from ticket
where opened_at > :at or ended_at > :at;

-- name: hours
-- Today by hour, and the 56 days before it for the usual day.
select hour_at::date as day, extract(hour from hour_at)::integer as hour, received, finished, tickets_opened, tickets_closed
from activity_hour
where hour_at >= :from_at
  and hour_at <= :at;

-- name: midnight
-- Late dossiers by unit as today began: the running sum of what became late and what ended late.
select unit_id, sum(late_in - late_out) as late
from dossier_unit_day
where day < :today
group by unit_id;

-- name: feeds
-- Where each feed stands.
select id, title, dataset, event_at, fetched_at, failed_at, error, late_after_s, every_s
from feed
where not retired
order by id;

-- name: backfill
-- How far the background load of history is.
select count(*) filter (where state = 'done') as done, count(*) as of
from backfill_window;

-- name: data_version
-- Which facts a frame was computed from.
select version
from data_version;
