-- Letters of apology: owed and overdue now, and what is wrong with those that were sent.
-- :bounds is a JSON array of {unit_id, bound, bound_interlinked}: what was due before it and has no letter is overdue.

-- name: owed
-- frame: late files without a letter by unit, from the open files and those few that ended after :at.
select
    o.unit_id, count(*) as letters_owed,
    count(*) filter (where o.due_at < case when o.is_interlinked then b.bound_interlinked else b.bound end) as letters_overdue
from (
    select unit_id, due_at, is_interlinked
    from open_dossier
    where due_at < :at
      and accepted_at <= :at
      and (letter_at is null or letter_at > :at)
    union all
    select d.unit_id, d.due_at, is_interlinked(d.code)
    from dossier as d
    where d.ended_at > :at
      and d.accepted_at <= :at
      and d.due_at < :at
      and not exists (select 1 from apology_letter as l where l.dossier_code = d.code and l.sent_at <= :at)
) as o
join jsonb_to_recordset(:bounds) as b (unit_id integer, bound timestamptz, bound_interlinked timestamptz) on b.unit_id = o.unit_id
group by o.unit_id;

-- name: owed_recounted
-- recount and verify: the same straight from the facts.
select
    d.unit_id, count(*) as letters_owed,
    count(*) filter (where d.due_at < case when is_interlinked(d.code) then b.bound_interlinked else b.bound end) as letters_overdue
from dossier as d
join jsonb_to_recordset(:bounds) as b (unit_id integer, bound timestamptz, bound_interlinked timestamptz) on b.unit_id = d.unit_id
where d.accepted_at <= :at
  and (d.ended_at is null or d.ended_at > :at)
  and d.due_at < :at
  and not exists (select 1 from apology_letter as l where l.dossier_code = d.code and l.sent_at <= :at)
group by d.unit_id;

-- name: claim
-- attribute: dossiers whose letters have to be judged.
delete from letter_owed
where dossier_code in (select dossier_code from letter_owed order by dossier_code limit :most for update skip locked)
returning dossier_code;

-- name: owe_all
-- attribute --all: every letter, after rules or working days changed.
insert into letter_owed (dossier_code)
select distinct dossier_code
from apology_letter
on conflict do nothing;

-- name: sent
-- attribute: the letters of the claimed dossiers, oldest first; those whose dossier has not come yet wait.
select
    l.dossier_code, l.code, l.sent_at, l.new_due_at, l.reviewed_at, d.unit_id, p.field_id, d.due_at,
    p.statutory_days::double precision, is_interlinked(l.dossier_code), l.sent_at::date
from apology_letter as l
join dossier as d on d.code = l.dossier_code and d.month = dossier_month(l.dossier_code)
join procedure as p on p.id = d.procedure_id
where l.dossier_code = any (:codes)
  and l.sent_at is not null
order by l.dossier_code, l.sent_at, l.code;

-- name: forget
-- attribute: before the letters are judged anew.
delete from letter_verdict
where dossier_code = any (:codes);

-- name: keep
-- attribute.
insert into letter_verdict (dossier_code, code, unit_id, field_id, day, is_late, is_again, is_too_long, review_by, reviewed_at)
select dossier_code, code, unit_id, field_id, day, is_late, is_again, is_too_long, review_by, reviewed_at
from jsonb_to_recordset(:rows) as n (
    dossier_code text, code text, unit_id integer, field_id integer, day date, is_late boolean, is_again boolean,
    is_too_long boolean, review_by timestamptz, reviewed_at timestamptz
);

-- name: mark_traced
-- attribute: dossiers that ended late have to be explained again when a letter comes for them.
update traced_dossier
set is_owed = true
where dossier_code = any (:codes)
  and not is_owed;

-- name: judged
-- The page of letters: what was sent in a window, by unit.
select
    unit_id, count(*)::integer as sent, count(*) filter (where is_late)::integer as sent_late,
    count(*) filter (where is_again)::integer as again, count(*) filter (where is_too_long)::integer as too_long
from letter_verdict
where day between :first and :through
group by unit_id;

-- name: reviews
-- The page of letters: reviews of responsibility that are still to be made, by unit.
select
    unit_id, count(*) filter (where review_by >= :at)::integer as reviews_due,
    count(*) filter (where review_by < :at)::integer as reviews_overdue
from letter_verdict
where reviewed_at is null
  and review_by is not null
group by unit_id;

-- name: never_sent
-- The page of letters: dossiers that ended late in a window without any letter, by unit.
select unit_id, sum(without_letter)::integer as never_sent
from trace_day
where day between :first and :through
group by unit_id;

-- name: owed_cases
-- The page of letters: the late files without a letter of some units, the oldest first.
select o.dossier_code, o.unit_id, p.field_id, p.code as procedure, o.due_at, o.is_interlinked, h.agency, h.department, o.is_sent
from open_dossier as o
join procedure as p on p.id = o.procedure_id
left join holder as h on h.id = o.holder_id
where o.due_at < :at
  and o.accepted_at <= :at
  and (o.letter_at is null or o.letter_at > :at)
  and o.unit_id = any (:units)
order by o.due_at, o.dossier_code
limit :most;
