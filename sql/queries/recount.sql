-- The slow, obvious truth: every live indicator's counts by unit, straight from the facts, at the instant :at.
-- :day is the local midnight that begins today, :month the one 29 days before it, :content_from the profile's rule.

-- name: dossiers
-- recount and verify.
select
    unit_id,
    count(*) filter (where is_open) as open,
    count(*) filter (where is_open and due_at < :at) as late,
    count(*) filter (where is_open and due_at >= :at and due_at < :at + interval '24 hours') as due_24h,
    count(*) filter (where is_open and due_at is not null) as open_due,
    count(*) filter (where accepted_at >= :day and accepted_at <= :at) as received_today,
    count(*) filter (where is_done and ended_at >= :day) as resolved_today,
    count(*) filter (where is_new) as received,
    count(*) filter (where is_new and channel is not null) as channel_known,
    count(*) filter (where is_new and channel in (1, 2)) as online,
    count(*) filter (where is_new and accept_by is not null) as accept_judged,
    count(*) filter (where is_new and accepted_at > accept_by) as accepted_late,
    count(*) filter (
        where is_new and ended_at <= :at and coalesce(status, 9) not in (3, 7, 8)
          and (ended_at at time zone :zone)::date = (accepted_at at time zone :zone)::date
    ) as same_day,
    count(*) filter (where is_done) as finished,
    count(*) filter (where is_done and due_at is not null) as judged,
    count(*) filter (where is_done and ended_at <= due_at) as on_time,
    count(*) filter (where is_done and rating_min is not null) as rated,
    count(*) filter (where is_done and rating_min >= :content_from) as content
from (
    select
        *,
        accepted_at <= :at and (ended_at is null or ended_at > :at) as is_open,
        accepted_at >= :month and accepted_at <= :at as is_new,
        accepted_at is not null and ended_at >= :month and ended_at <= :at and coalesce(status, 9) not in (3, 7, 8) as is_done
    from dossier
) as d
group by unit_id;

-- name: tickets
-- recount and verify.
select
    unit_id,
    count(*) filter (where is_open) as tickets_open,
    count(*) filter (where is_open and due_at < :at) as tickets_late,
    count(*) filter (where opened_at >= :day and opened_at <= :at) as tickets_opened_today,
    count(*) filter (where ended_at >= :day and ended_at <= :at) as tickets_closed_today,
    count(*) filter (where ended_at >= :month and ended_at <= :at and due_at is not null) as tickets_judged,
    count(*) filter (where ended_at >= :month and ended_at <= :at and ended_at <= due_at) as tickets_on_time
from (
    select *, opened_at <= :at and (ended_at is null or ended_at > :at) as is_open
    from ticket
) as t
group by unit_id;

-- name: targets
-- recount, verify and the frame: indicators with a value by :at, by unit, and of any unit (null).
select o.unit_id, count(distinct o.indicator_code) as targets_fed
from observation as o
join indicator as i on i.code = o.indicator_code and not i.retired
where o.kind = 'value'
  and o.value is not null
  and o.vintage_at <= :at
group by grouping sets ((o.unit_id), ());

-- name: catalogue
-- recount, verify and the frame: how many indicators there are to feed.
select count(*) as targets_total
from indicator
where not retired;

-- name: fed
-- recount, verify and the frame: which datasets hold anything at all (what is not fed is null, never 0).
select
    exists (select 1 from dossier) as dossiers,
    exists (select 1 from ticket) as tickets,
    exists (select 1 from rating) as ratings,
    exists (select 1 from observation) as observations,
    exists (select 1 from apology_letter) as letters;
