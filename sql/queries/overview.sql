-- The past of the overview's numbers, from rollups alone. What is open or late at the end of a day is counted back
-- from today's stock over the days after it, so that the cost follows the days shown, not the years kept. Days to come
-- are read too: they hold what will become late.

-- name: dossier_days
-- Overview, trend lines: the city's dossiers by day from a day on.
select
    day,
    sum(received)::bigint as received,
    sum(channel_known)::bigint as channel_known,
    sum(online)::bigint as online,
    sum(accept_judged)::bigint as accept_judged,
    sum(accepted_late)::bigint as accepted_late,
    sum(ended)::bigint as ended,
    sum(finished)::bigint as finished,
    sum(judged)::bigint as judged,
    sum(on_time)::bigint as on_time,
    sum(rated)::bigint as rated,
    sum(content)::bigint as content,
    sum(late_in)::bigint as late_in,
    sum(late_out)::bigint as late_out
from dossier_unit_day
where day >= :from_on
group by day
order by day;

-- name: ticket_days
-- Overview, trend lines: the city's tickets by day from a day on.
select
    day,
    sum(opened)::bigint as opened,
    sum(ended)::bigint as ended,
    sum(late_in)::bigint as late_in,
    sum(late_out)::bigint as late_out
from ticket_day
where day >= :from_on
group by day
order by day;

-- name: first_days
-- Overview, trend lines: before these days nothing is known, which is not zero.
select
    (select min(day) from dossier_unit_day) as dossiers_from,
    (select min(day) from ticket_day) as tickets_from;

-- name: stock
-- Overview, trend lines: what is open at the end of all days. Tickets with a due time have no rollup; the index of open
-- tickets holds as many lines as there are open tickets.
select
    (select coalesce(sum(open), 0) from dossier_stock)::bigint as dossiers_open,
    (select coalesce(sum(open_due), 0) from dossier_stock)::bigint as dossiers_due,
    (select coalesce(sum(open), 0) from ticket_stock)::bigint as tickets_open,
    (select count(*) from ticket where ended_at is null and due_at is not null)::bigint as tickets_due;

-- name: unit_late_days
-- Overview, lines of the red-first list: how many more dossiers of each unit were late, by day from a day on; all days
-- after :through count as one.
select unit_id, least(day, cast(:through as date) + 1) as day, sum(late_in - late_out)::bigint as change
from dossier_unit_day
where day >= :from_on
group by unit_id, least(day, cast(:through as date) + 1)
having sum(late_in - late_out) <> 0;

-- name: unit_due_stock
-- Overview, lines of the red-first list: open dossiers with a due time by unit.
select unit_id, sum(open_due)::bigint as dossiers_due
from dossier_stock
group by unit_id
having sum(open_due) <> 0;
