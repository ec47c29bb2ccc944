-- A dossier bears the lowest score that any stage of it was given. Run inside a merge, on the batch's temporary table.

-- name: settle_waiting
-- After a merge of dossiers: ratings that came before their dossier.
with arrived as (
    update rating
    set waiting = false
    from stage_dossier as s
    where rating.waiting
      and rating.dossier_code = s.code
    returning rating.dossier_code
)
update dossier as d
set rating_min = lowest.score
from (
    select dossier_code, min(score) as score
    from rating
    where dossier_code in (select dossier_code from arrived)
    group by dossier_code
) as lowest
where d.code = lowest.dossier_code
  and d.month = dossier_month(lowest.dossier_code)
  and d.rating_min is distinct from lowest.score;

-- name: rate_dossiers
-- After a merge of ratings: the dossiers that are there.
update dossier as d
set rating_min = lowest.score
from (
    select dossier_code, min(score) as score
    from rating
    where dossier_code in (select dossier_code from stage_rating)
    group by dossier_code
) as lowest
where d.code = lowest.dossier_code
  and d.month = dossier_month(lowest.dossier_code)
  and d.rating_min is distinct from lowest.score;
