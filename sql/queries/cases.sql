-- The case list: the dossiers behind a number, a page at a time. Each of the lists below returns the codes of one page
-- in their order with how many there are in all; `rows` tells the rest. :units are those that the reader may see and has
-- asked for (null = all), `key` is what the list is ordered by; the page begins after (:after_key, :after_code).

-- name: scope
-- Whose case files this transaction may read: keys of units, '*' for all (the view case_file).
select set_config('app.units', :keys, true);

-- name: late
-- Late at the frame's instant.
with found as materialized (
    select
        o.dossier_code as code,
        (case when :sort = 'new' then -1 else 1 end * date_part('epoch', o.due_at))::double precision as key
    from open_dossier as o
    where o.due_at < :at
      and o.accepted_at <= :at
      and o.due_at >= :from_at
      and o.due_at < :to_at
      and (cast(:units as integer[]) is null or o.unit_id = any (cast(:units as integer[])))
      and (cast(:field as text) is null and cast(:procedure as text) is null or o.procedure_id in (
            select p.id from procedure as p join field as f on f.id = p.field_id
            where f.code = coalesce(cast(:field as text), f.code) and p.code = coalesce(cast(:procedure as text), p.code)))
      and (cast(:holder as integer) is null or (cast(:holder as integer), :is_sent) = (
            coalesce((select h.party_id from holder as h where h.id = o.holder_id), 0), o.is_sent))
)
select code, key, (select count(*) from found)::integer as total
from found
where (key, code) > (:after_key, cast(:after_code as text))
order by key, code
limit :limit;

-- name: open
-- Open at the frame's instant; those without a due time come last.
with found as materialized (
    select
        o.dossier_code as code,
        coalesce(case when :sort = 'new' then -1 else 1 end * date_part('epoch', o.due_at), 1e12)::double precision as key
    from open_dossier as o
    where o.accepted_at <= :at
      and (cast(:units as integer[]) is null or o.unit_id = any (cast(:units as integer[])))
      and (cast(:field as text) is null and cast(:procedure as text) is null or o.procedure_id in (
            select p.id from procedure as p join field as f on f.id = p.field_id
            where f.code = coalesce(cast(:field as text), f.code) and p.code = coalesce(cast(:procedure as text), p.code)))
      and (cast(:holder as integer) is null or (cast(:holder as integer), :is_sent) = (
            coalesce((select h.party_id from holder as h where h.id = o.holder_id), 0), o.is_sent))
)
select code, key, (select count(*) from found)::integer as total
from found
where (key, code) > (:after_key, cast(:after_code as text))
order by key, code
limit :limit;

-- name: late_then
-- Late as a week ended, at :to_at: still open and late, or ended late since.
with late as (
    select dossier_code as code, unit_id, procedure_id, due_at
    from open_dossier
    where due_at < :to_at
      and accepted_at < :to_at
    union all
    select code, unit_id, procedure_id, due_at
    from case_file
    where ended_at >= :to_at
      and ended_at > due_at
      and ended_at > accepted_at
      and due_at < :to_at
      and accepted_at < :to_at
), found as materialized (
    select
        late.code, (case when :sort = 'new' then -1 else 1 end * date_part('epoch', late.due_at))::double precision as key
    from late
    where (cast(:units as integer[]) is null or late.unit_id = any (cast(:units as integer[])))
      and (cast(:field as text) is null and cast(:procedure as text) is null or late.procedure_id in (
            select p.id from procedure as p join field as f on f.id = p.field_id
            where f.code = coalesce(cast(:field as text), f.code) and p.code = coalesce(cast(:procedure as text), p.code)))
)
select code, key, (select count(*) from found)::integer as total
from found
where (key, code) > (:after_key, cast(:after_code as text))
order by key, code
limit :limit;

-- name: finished
-- Ended with a result in a window, after the due time. With a holder: where that stop made most of the lateness.
with found as materialized (
    select
        d.code,
        (case when :sort = 'new' then -date_part('epoch', d.ended_at)
              else -date_part('epoch', d.ended_at - d.due_at) end)::double precision as key
    from case_file as d
    where d.ended_at >= :from_at
      and d.ended_at < :to_at
      and d.ended_at > d.due_at
      and d.accepted_at is not null
      and coalesce(d.status, 9) not in (3, 7, 8)
      and (cast(:units as integer[]) is null or d.unit_id = any (cast(:units as integer[])))
      and (cast(:field as text) is null and cast(:procedure as text) is null or d.procedure_id in (
            select p.id from procedure as p join field as f on f.id = p.field_id
            where f.code = coalesce(cast(:field as text), f.code) and p.code = coalesce(cast(:procedure as text), p.code)))
      and (cast(:holder as integer) is null or (cast(:holder as integer), :is_sent) = (
            select coalesce(h.party_id, 0), s.is_sent
            from lateness_share as s
            left join holder as h on h.id = s.holder_id
            where s.dossier_code = d.code
            order by s.late_s desc, s.place desc
            limit 1))
)
select code, key, (select count(*) from found)::integer as total
from found
where (key, code) > (:after_key, cast(:after_code as text))
order by key, code
limit :limit;

-- name: accepted
-- Accepted in a window, after the acceptance clock had run out.
with found as materialized (
    select
        d.code,
        (case when :sort = 'new' then -date_part('epoch', d.accepted_at)
              else -date_part('epoch', d.accepted_at - d.accept_by) end)::double precision as key
    from case_file as d
    where d.accepted_at >= :from_at
      and d.accepted_at < :to_at
      and d.accepted_at > d.accept_by
      and (cast(:units as integer[]) is null or d.unit_id = any (cast(:units as integer[])))
      and (cast(:field as text) is null and cast(:procedure as text) is null or d.procedure_id in (
            select p.id from procedure as p join field as f on f.id = p.field_id
            where f.code = coalesce(cast(:field as text), f.code) and p.code = coalesce(cast(:procedure as text), p.code)))
)
select code, key, (select count(*) from found)::integer as total
from found
where (key, code) > (:after_key, cast(:after_code as text))
order by key, code
limit :limit;

-- name: rows
-- What the case list tells of some dossiers: no personal data is stored, none is told.
select
    d.code, d.unit_id, p.code as procedure, p.name_vi, p.name_en, f.code as field, d.status,
    d.submitted_at, d.accepted_at, d.accept_by, d.due_at, d.ended_at,
    h.agency, h.department, coalesce(o.is_sent, false) as is_sent
from case_file as d
join procedure as p on p.id = d.procedure_id
join field as f on f.id = p.field_id
left join open_dossier as o on o.dossier_code = d.code
left join holder as h on h.id = o.holder_id and h.id <> 0
where d.code = any (cast(:codes as text[]))
  and d.month = any (array(select dossier_month(asked) from unnest(cast(:codes as text[])) as asked));
