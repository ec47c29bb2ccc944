-- Rollups against the facts. The session's time zone is the city's. `rebuilt` is filled from *_shares() by the caller.

-- name: dossier_days
-- verify, rebuild: the text that recounts the days of dossiers, those that retention took out included.
select dossier_days('(select 1 as sign, true as opens, true as ends, dossier.* from dossier) as fact')
    || ' union all select day, unit_id, field_id, received, channel_known, online, accept_judged, accepted_late, same_day, ended, finished, judged, '
    || 'on_time, early, rated, content, late_in, late_out from retired_dossier_day';

-- name: dossier_weeks
-- verify, rebuild: the text that recounts the weeks of dossiers.
select 'select week_of(day) as week, cell.* from (' || dossier_days('(select 1 as sign, true as opens, true as ends, dossier.* from dossier) as fact') || ') as cell'
    || ' union all select week_of(day), retired.* from retired_dossier_day as retired';

-- name: procedure_days
-- verify, rebuild: the text that recounts late ends by procedure.
select procedure_days('(select 1 as sign, true as opens, true as ends, dossier.* from dossier) as fact')
    || ' union all select day, procedure_id, judged, late from retired_procedure_day';

-- name: service_days
-- verify, rebuild: the text that recounts service by field.
select service_days('(select 1 as sign, true as opens, true as ends, dossier.* from dossier) as fact')
    || ' union all select day, field_id, channel, punctual, finished, rated, content from retired_service_day';

-- name: service_weeks
-- verify, rebuild: the text that recounts service by unit.
select service_weeks('(select 1 as sign, true as opens, true as ends, dossier.* from dossier) as fact')
    || ' union all select week, unit_id, channel, punctual, finished, rated, content from retired_service_unit_week';

-- name: ticket_days
-- verify, rebuild: the text that recounts the days of tickets.
select ticket_shares('(select 1 as sign, ticket.* from ticket) as fact');

-- name: ticket_weeks
-- verify, rebuild: the text that recounts the weeks of tickets.
select ticket_weeks('(select 1 as sign, ticket.* from ticket) as fact');

-- name: ticket_spreads
-- verify, rebuild: the text that recounts calls by hour of the week and by how long they took.
select ticket_spreads('(select 1 as sign, ticket.* from ticket) as fact');

-- name: rating_days
-- verify, rebuild: the text that recounts the ratings of each stage.
select rating_shares('(select 1 as sign, rating.* from rating where not waiting)')
    || ' union all select unit_id, day, stage, score, n from retired_rating_day';

-- name: dossier_stock
-- verify, rebuild.
select d.unit_id, p.field_id, count(*)::integer as open, count(d.due_at)::integer as open_due
from dossier as d
join procedure as p on p.id = d.procedure_id
where d.accepted_at is not null
  and d.ended_at is null
group by d.unit_id, p.field_id;

-- name: ticket_stock
-- verify, rebuild.
select unit_id, category_id, count(*)::integer as open
from ticket
where ended_at is null
group by unit_id, category_id;

-- name: hours
-- verify, rebuild.
select
    hour_at,
    sum(received)::integer as received, sum(finished)::integer as finished,
    sum(tickets_opened)::integer as tickets_opened, sum(tickets_closed)::integer as tickets_closed
from (
    select date_trunc('hour', accepted_at) as hour_at, 1 as received, 0 as finished, 0 as tickets_opened, 0 as tickets_closed
    from dossier
    where accepted_at is not null
    union all
    select date_trunc('hour', ended_at), 0, 1, 0, 0
    from dossier
    where accepted_at is not null
      and ended_at is not null
      and coalesce(status, 9) not in (3, 7, 8)
    union all
    select date_trunc('hour', opened_at), 0, 0, 1, 0
    from ticket
    union all
    select date_trunc('hour', ended_at), 0, 0, 0, 1
    from ticket
    where ended_at is not null
    union all
    select hour_at, received, finished, 0, 0
    from retired_activity_hour
) as event
group by hour_at;

-- name: lateness_days
-- verify, rebuild: what each stop has of the lateness of the dossiers that have been explained.
select
    unit_id, day, field_id, holder_id, is_sent, to_id,
    count(distinct dossier_code)::integer as dossiers,
    count(*) filter (where is_most)::integer as most,
    count(distinct dossier_code) filter (where is_alone)::integer as alone,
    sum(late_s)::bigint as late_s
from lateness_cell
where late_s > 0
   or is_most
group by unit_id, day, field_id, holder_id, is_sent, to_id;

-- name: trace_days
-- verify, rebuild: the dossiers that have been explained, by unit and day.
select
    day, unit_id,
    count(*) filter (where is_late)::integer as late, coalesce(sum(late_s), 0)::bigint as late_s,
    count(*) filter (where late_first)::integer as late_first, count(*) filter (where late_fair)::integer as late_fair,
    count(*) filter (where moves > 0)::integer as moved, count(*) filter (where is_unexplained)::integer as unexplained,
    count(*) filter (where asks > 0)::integer as paused, count(*) filter (where asks > 1)::integer as asked_twice,
    count(*) filter (where is_late and letter_at is null)::integer as without_letter
from traced_dossier
where day is not null
group by day, unit_id;

-- name: open_dossiers
-- verify: open dossiers that are listed otherwise than they are, listed though they have ended, or not listed.
select coalesce(o.dossier_code, d.code), o::text as stored, d::text as counted
from (
    select dossier_code, unit_id, procedure_id, accepted_at, due_at
    from open_dossier
    where not exists (select 1 from retired_month as r where r.month = dossier_month(dossier_code))
) as o
full join (
    select code, unit_id, procedure_id, accepted_at, due_at
    from dossier
    where accepted_at is not null
      and ended_at is null
) as d on d.code = o.dossier_code
where (o.unit_id, o.procedure_id, o.accepted_at, o.due_at) is distinct from (d.unit_id, d.procedure_id, d.accepted_at, d.due_at)
limit 1000;

-- name: holders
-- verify: open dossiers that somebody else has than their steps say.
select o.dossier_code, (o.holder_id, o.is_sent, o.to_id)::text as stored, (h.holder_id, h.is_sent, h.to_id)::text as counted
from open_dossier as o
join held_now(array(select dossier_code from open_dossier)) as h on h.dossier_code = o.dossier_code
where (o.holder_id, o.is_sent, o.to_id) is distinct from (h.holder_id, h.is_sent, h.to_id)
limit 1000;

-- name: untraced
-- verify: dossiers that ended late and are in no line to be explained.
select d.code, 'missing' as stored, 'late' as counted
from dossier as d
where d.ended_at > greatest(d.due_at, d.accepted_at)
  and d.due_at is not null
  and d.accepted_at is not null
  and not exists (select 1 from traced_dossier as t where t.dossier_code = d.code)
limit 1000;

-- name: ratings
-- verify: dossiers whose lowest score is not that of their ratings, and ratings that wait although their dossier is there.
select d.code, d.rating_min::text as stored, lowest.score::text as counted
from dossier as d
left join (select dossier_code, min(score) as score from rating group by dossier_code) as lowest on lowest.dossier_code = d.code
where d.rating_min is distinct from lowest.score
union all
select r.dossier_code, 'waiting', 'there'
from rating as r
join dossier as d on d.code = r.dossier_code and d.month = dossier_month(r.dossier_code)
where r.waiting
limit 1000;

-- name: months
-- verify: dossiers that are kept under another month than that of their code.
select code, month::text as stored, dossier_month(code)::text as counted
from dossier
where month <> dossier_month(code)
limit 1000;

-- name: loads
-- verify: loads that claim to have ended without an end (the table's checks forbid the rest).
select count(*)
from load
where state <> 'running'
  and read <> merged + unchanged + refused;
