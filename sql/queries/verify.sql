-- Rollups against the facts. The session's time zone is the city's. `rebuilt` is filled from *_shares() by the caller.

-- name: dossier_days
-- verify, rebuild: the text that recounts the days of dossiers.
select dossier_shares('(select 1 as sign, dossier.* from dossier) as fact');

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
select rating_shares('(select 1 as sign, rating.* from rating where not waiting)');

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
join dossier as d on d.code = r.dossier_code
where r.waiting
limit 1000;

-- name: loads
-- verify: loads that claim to have ended without an end (the table's checks forbid the rest).
select count(*)
from load
where state <> 'running'
  and read <> merged + unchanged + refused;
