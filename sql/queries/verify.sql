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
