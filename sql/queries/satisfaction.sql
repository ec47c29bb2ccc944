-- The page of satisfaction. Finished dossiers, those of them rated, those content: sums of rollups, a dossier counts once.

-- name: cells
-- By unit and field, of a window of days.
select unit_id, field_id, finished, rated, content
from dossier_window(cast(:from_on as date), cast(:today as date))
where finished <> 0;

-- name: service_cells
-- The whole city by field, channel (0 = not told) and punctuality (1 on time, 0 late, -1 no due time), of a window of days.
select
    field_id,
    channel,
    punctual,
    sum(finished)::bigint as finished,
    sum(rated)::bigint as rated,
    sum(content)::bigint as content
from service_day
where day >= :from_on
  and day <= :today
group by field_id, channel, punctual
having sum(finished) <> 0;

-- name: unit_service_cells
-- Some units by channel and punctuality, of the weeks from one on.
select
    channel,
    punctual,
    sum(finished)::bigint as finished,
    sum(rated)::bigint as rated,
    sum(content)::bigint as content
from service_unit_week
where unit_id = any(:units)
  and week >= :from_on
  and week <= :today
group by channel, punctual
having sum(finished) <> 0;

-- name: stages
-- Scores by stage, of some units or of the whole city (-1), by the day of the rating.
select stage, score, sum(n)::bigint as n
from rating_day
where unit_id = any(:units)
  and day >= :from_on
  and day <= :today
group by stage, score
having sum(n) <> 0
order by stage, score desc;

-- name: fields
-- The fields by the numbers that cells bear.
select id, code, name_vi, name_en
from field
order by id;
