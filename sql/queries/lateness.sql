-- The page of late dossiers: late now from the open files, windows and weeks from rollups.
-- The figures of late now are those of the frame: open and past the due time at :at, the frame's instant.

-- name: late_now
-- Late files by unit, procedure, who has them (0 = no step is known of) and how many of :bounds they were due after.
select
    o.unit_id, o.procedure_id, coalesce(h.party_id, 0) as holder_id, o.is_sent,
    width_bucket(o.due_at, cast(:bounds as timestamptz[])) as place,
    count(*)::integer as late
from open_dossier as o
left join holder as h on h.id = o.holder_id
where o.due_at < :at
  and o.accepted_at <= :at
group by o.unit_id, o.procedure_id, coalesce(h.party_id, 0), o.is_sent, place;

-- name: window_fields
-- What was accepted and finished in a window, by unit and field.
select
    unit_id, field_id,
    judged::integer as judged, (judged - on_time)::integer as finished_late,
    accept_judged::integer as accept_judged, accepted_late::integer as accepted_late
from dossier_window(:first, :through)
where judged <> 0 or accept_judged <> 0;

-- name: unit_weeks
-- What was accepted and finished late by unit and week, from a Monday on.
select
    unit_id, week,
    judged, judged - on_time as finished_late,
    accept_judged, accepted_late
from dossier_unit_week
where week between :first and :through;

-- name: unit_week_ends
-- How many more were open, and late, by unit and week from a Monday on; all that is to come stands under the day after
-- :through.
select
    unit_id,
    case when day <= cast(:through as date) then week_of(day) else cast(:through as date) + 1 end as week,
    sum(received - ended)::integer as open, sum(late_in - late_out)::integer as late
from dossier_unit_day
where day >= :first
group by unit_id, 2;

-- name: unit_stock
-- What is open at the end of all days, and of that with a due time: weeks are counted back from it.
select unit_id, sum(open)::integer as open, sum(open_due)::integer as due
from dossier_stock
group by unit_id;

-- name: blamed
-- Dossiers that ended late in a window by field and the stop that made most of their lateness, of some units.
select field_id, holder_id, is_sent, sum(most)::integer as late
from lateness_day
where unit_id = any (:units)
  and day between :first and :through
group by field_id, holder_id, is_sent
having sum(most) <> 0;

-- name: blamed_city
-- The same for the whole city.
select field_id, holder_id, is_sent, sum(most)::integer as late
from lateness_city_day
where day between :first and :through
group by field_id, holder_id, is_sent
having sum(most) <> 0;

-- name: finished_procedures
-- What was finished late in a window, by procedure, in the whole city.
select procedure_id, sum(late)::integer as late
from procedure_day
where day between :first and :through
group by procedure_id
having sum(late) <> 0;

-- name: finished_procedures_of
-- The same for some units, from the index of late ends alone and the rows that it names.
select procedure_id, count(*)::integer as late
from dossier
where unit_id = any (:units)
  and ended_at >= cast(:first as date)::timestamp at time zone :zone
  and ended_at < (cast(:through as date) + 1)::timestamp at time zone :zone
  and ended_at > due_at
  and accepted_at is not null
  and coalesce(status, 9) not in (3, 7, 8)
group by procedure_id;

-- name: procedures
-- Names of procedures, with their fields.
select procedure.id, procedure.code, procedure.name_vi, procedure.name_en, field.code as field
from procedure
join field on field.id = procedure.field_id;

-- name: fields
-- Codes of fields.
select id, code
from field;
