-- Appointments that moved: which due times a dossier was ever given, and since when. Run inside a merge, on the batch's
-- temporary tables: stage_dossier = every row of the batch; known = those that are stored, before any of them is updated.

-- name: within_batch
-- One batch tells of several due times of a dossier, or of one and of none.
insert into dossier_due_change as c (dossier_code, due_at, since)
select code, due_given_at, min(version_at)
from stage_dossier
where due_given_at is not null
  and code in (select code from stage_dossier group by code having count(distinct coalesce(due_given_at, 'infinity')) > 1)
group by code, due_given_at
order by code, due_given_at
on conflict (dossier_code, due_at) do update set since = least(c.since, excluded.since)
where c.since > excluded.since;

-- name: against_stored
-- The batch tells of another due time than the stored one, or of any once a dossier has had two.
with told as (
    select s.code, s.due_given_at as due_at, min(s.version_at) as since
    from stage_dossier as s
    join known as k on k.code = s.code
    join dossier as d on d.code = s.code and d.month = s.month
    where k.is_redated
      and s.due_given_at is not null
      and (s.due_given_at is distinct from d.due_given_at
           or exists (select 1 from dossier_due_change as c where c.dossier_code = s.code))
    group by s.code, s.due_given_at
), stored as (
    select d.code, d.due_given_at as due_at, d.due_since as since
    from known as k
    join dossier as d on d.code = k.code and d.month = k.month
    where k.is_redated
      and d.due_given_at is not null
      and exists (select 1 from stage_dossier as s where s.code = d.code and s.due_given_at is distinct from d.due_given_at)
)
insert into dossier_due_change as c (dossier_code, due_at, since)
select code, due_at, min(since)
from (select * from told union all select * from stored) as due
group by code, due_at
order by code, due_at
on conflict (dossier_code, due_at) do update set since = least(c.since, excluded.since)
where c.since > excluded.since;

-- name: since_when
-- After the merge: the earliest version that told of the due time that stands.
update dossier as d
set due_since = first.since
from (
    select code, due_at, min(since) as since
    from (
        select s.code, s.due_given_at as due_at, s.version_at as since
        from stage_dossier as s
        where s.code in (select code from known where is_redated)
        union all
        select c.dossier_code, c.due_at, c.since
        from dossier_due_change as c
        where c.dossier_code in (select code from known where is_redated)
    ) as told
    group by code, due_at
) as first
where d.code = first.code
  and d.month = dossier_month(first.code)
  and d.due_given_at = first.due_at
  and d.due_since > first.since;
