-- The past of the overview's numbers, from rollups alone. What is open or late at the end of a day is counted back
-- from today's stock over the days after it, so that the cost follows the days shown, not the years kept. Days to come
-- are read too: they hold what will become late.

-- name: dossier_days
-- Overview, trend lines: the city's dossiers by day from a day on through another. What will become late after that counts
-- as one more day.
select
    day,
    sum(received) as received,
    sum(channel_known) as channel_known,
    sum(online) as online,
    sum(accept_judged) as accept_judged,
    sum(accepted_late) as accepted_late,
    sum(ended) as ended,
    sum(finished) as finished,
    sum(judged) as judged,
    sum(on_time) as on_time,
    sum(rated) as rated,
    sum(content) as content,
    sum(late_in) as late_in,
    sum(late_out) as late_out
from dossier_unit_day
where day between :from_on and :through
group by day
union all
select cast(:through as date) + 1, sum(received), 0, 0, 0, 0, sum(ended), 0, 0, 0, 0, 0, sum(late_in), sum(late_out)
from dossier_unit_day
where day > :through
having count(*) > 0;

-- name: ticket_days
-- Overview, trend lines: the city's tickets by day from a day on.
select
    day,
    sum(opened) as opened,
    sum(ended) as ended,
    sum(late_in) as late_in,
    sum(late_out) as late_out
from ticket_day
where day >= :from_on
group by day
order by day;

-- name: dossier_first_day
-- Overview, trend lines: before this day nothing is known, which is not zero.
select min(day) as day
from dossier_unit_day;

-- name: ticket_first_day
-- Overview, trend lines: the same of tickets.
select min(day) as day
from ticket_day;

-- name: dossier_stock
-- Overview, both kinds of lines: what is open of each unit at the end of all days, and of that what has a due time.
select unit_id, sum(open) as open, sum(open_due) as due
from dossier_stock
group by unit_id;

-- name: ticket_stock
-- Overview, trend lines: the same of tickets. Those with a due time have no rollup; the index of open tickets holds as many
-- lines as there are open tickets.
select
    (select coalesce(sum(open), 0) from ticket_stock) as open,
    (select count(*) from ticket where ended_at is null and due_at is not null) as due;

-- name: unit_late_days
-- Overview, lines of the red-first list: how many more dossiers of each unit were late by day from a day on through another
-- (days counted from the first), and how many more will be after that.
select
    unit_id,
    array_agg(day - cast(:from_on as date)) filter (where day <= :through) as days,
    array_agg(late_in - late_out) filter (where day <= :through) as changes,
    coalesce(sum(late_in - late_out) filter (where day > :through), 0) as after
from dossier_unit_day
where day >= :from_on
  and late_in <> late_out
group by unit_id;
