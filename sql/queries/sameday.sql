-- The page of results within the day. A dossier counts on the day it was accepted.

-- name: cells
-- Received, and of these finished the day they came, by unit and field, of a window of days.
select unit_id, field_id, received, same_day
from dossier_window(cast(:from_on as date), cast(:today as date))
where received <> 0;

-- name: days
-- Received, and of these finished the day they came, by day; of some units, or of all when :units is null.
select day, sum(received)::integer as received, sum(same_day)::integer as same_day
from dossier_unit_day
where day >= :from_on
  and day <= :today
  and (cast(:units as integer[]) is null or unit_id = any(:units))
group by day
order by day;
