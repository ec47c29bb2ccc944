-- Who made it late: what each holder and handover has of the lateness of dossiers that ended.

-- name: holders
-- Every page that names holders: the parties, '@' and a level for the units' own.
select id, agency, department
from holder
where id = party_id;

-- name: take_turn
-- attribute: one at a time; false when another is at it.
select pg_try_advisory_xact_lock(7661012);

-- name: claim
-- attribute: dossiers whose end has to be explained (again); whoever changes one of them meanwhile waits.
select dossier_code
from traced_dossier
where is_owed
order by dossier_code
limit :most
for update skip locked;

-- name: owed
-- attribute, the page of holders: how many dossiers wait to be explained (counted up to 100,000).
select count(*)
from (select 1 from traced_dossier where is_owed limit 100000) as owed;

-- name: owe_all
-- attribute --all: everything that was ever late or moved, after rules or working days changed.
insert into traced_dossier (dossier_code)
select d.code
from dossier as d
join procedure as p on p.id = d.procedure_id
where d.accepted_at is not null
  and d.ended_at is not null
  and (d.ended_at > greatest(d.due_at, d.accepted_at) and d.due_at is not null
       or is_beyond(d.accepted_at, d.due_given_at, p.statutory_days))
union
select dossier_code
from dossier_due_change
union
select dossier_code
from traced_dossier
on conflict (dossier_code) do update set is_owed = true;

-- name: dossiers
-- attribute: what is known of the claimed dossiers. The session's time zone is the city's.
select
    d.code, d.unit_id, p.field_id, d.accepted_at, d.due_at, d.ended_at, d.ended_at::date,
    case when d.due_given_at is not null then p.statutory_days::double precision end, d.asked_at
from dossier as d
join procedure as p on p.id = d.procedure_id
where d.code = any (cast(:codes as text[]))
  and d.month = any (array(select distinct dossier_month(code) from unnest(cast(:codes as text[])) as code));

-- name: steps
-- attribute, the page of one dossier: the steps of some dossiers with their holders.
select s.dossier_code, s.code, h.id, s.started_at, s.due_at, s.finished_at, s.status
from dossier_step as s
join holder as h on h.agency = coalesce(s.agency, '') and h.department = coalesce(s.department, '')
where s.dossier_code = any (:codes);

-- name: dues
-- attribute, the page of one dossier: the appointments of some dossiers, the first one first.
select dossier_code, due_at, since
from dossier_due_change
where dossier_code = any (:codes)
order by dossier_code, since, due_at;

-- name: pauses
-- attribute, the page of one dossier: when their clocks stood still (5) or a payment was waited for (6).
select dossier_code, from_at, to_at, reason
from dossier_pause
where dossier_code = any (:codes)
order by dossier_code, from_at;

-- name: letters
-- attribute: when the first letter of apology of a dossier was sent.
select dossier_code, min(sent_at)
from apology_letter
where dossier_code = any (:codes)
group by dossier_code;

-- name: roll_shares
-- attribute: add the shares of some dossiers to the sums (:sign 1), or take them off (-1).
with delta as (
    select
        unit_id, day, field_id, holder_id, is_sent, to_id,
        :sign * count(distinct dossier_code)::integer as dossiers,
        :sign * count(*) filter (where is_most)::integer as most,
        :sign * count(distinct dossier_code) filter (where is_alone)::integer as alone,
        :sign * sum(late_s)::bigint as late_s
    from lateness_cell
    where dossier_code = any (:codes)
      and (late_s > 0 or is_most)
    group by unit_id, day, field_id, holder_id, is_sent, to_id
), by_unit as (
    insert into lateness_day as l (unit_id, day, field_id, holder_id, is_sent, to_id, dossiers, most, alone, late_s)
    select unit_id, day, field_id, holder_id, is_sent, to_id, dossiers, most, alone, late_s
    from delta
    on conflict (unit_id, day, field_id, holder_id, is_sent, to_id) do update set
        dossiers = l.dossiers + excluded.dossiers, most = l.most + excluded.most,
        alone = l.alone + excluded.alone, late_s = l.late_s + excluded.late_s
)
insert into lateness_city_day as l (day, field_id, holder_id, is_sent, to_id, dossiers, most, alone, late_s)
select day, field_id, holder_id, is_sent, to_id, sum(dossiers), sum(most), sum(alone), sum(late_s)
from delta
group by day, field_id, holder_id, is_sent, to_id
on conflict (day, field_id, holder_id, is_sent, to_id) do update set
    dossiers = l.dossiers + excluded.dossiers, most = l.most + excluded.most,
    alone = l.alone + excluded.alone, late_s = l.late_s + excluded.late_s;

-- name: roll_traces
-- attribute: add some traced dossiers to the sums by unit (:sign 1), or take them off (-1).
insert into trace_day as l (
    day, unit_id, late, late_s, late_first, late_fair, moved, unexplained, paused, asked_twice, without_letter
)
select
    day, unit_id,
    :sign * count(*) filter (where is_late), :sign * coalesce(sum(late_s), 0), :sign * count(*) filter (where late_first),
    :sign * count(*) filter (where late_fair), :sign * count(*) filter (where moves > 0),
    :sign * count(*) filter (where is_unexplained), :sign * count(*) filter (where asks > 0), :sign * count(*) filter (where asks > 1),
    :sign * count(*) filter (where is_late and letter_at is null)
from traced_dossier
where dossier_code = any (:codes)
  and day is not null
group by day, unit_id
on conflict (day, unit_id) do update set
    late = l.late + excluded.late, late_s = l.late_s + excluded.late_s, late_first = l.late_first + excluded.late_first,
    late_fair = l.late_fair + excluded.late_fair, moved = l.moved + excluded.moved,
    unexplained = l.unexplained + excluded.unexplained, paused = l.paused + excluded.paused,
    asked_twice = l.asked_twice + excluded.asked_twice, without_letter = l.without_letter + excluded.without_letter;

-- name: forget_shares
-- attribute: before the dossiers are split anew.
delete from lateness_share
where dossier_code = any (:codes);

-- name: leave
-- attribute: dossiers of months that have been taken out keep what was found of them.
update traced_dossier
set is_owed = false
where dossier_code = any (:codes);

-- name: keep_traces
-- attribute: what was found of each dossier.
update traced_dossier as t
set is_owed = false,
    day = n.day, unit_id = n.unit_id, field_id = n.field_id, steps = n.steps, is_late = n.is_late, late_s = n.late_s,
    moves = n.moves, asks = n.asks, is_unexplained = n.is_unexplained, late_first = n.late_first,
    late_fair = n.late_fair, letter_at = n.letter_at
from jsonb_to_recordset(:rows) as n (
    code text, day date, unit_id integer, field_id integer, steps smallint, is_late boolean, late_s integer,
    moves smallint, asks smallint, is_unexplained boolean, late_first boolean, late_fair boolean, letter_at timestamptz
)
where t.dossier_code = n.code;

-- name: forget_traces
-- attribute: dossiers that have nothing left to explain.
delete from traced_dossier
where dossier_code = any (:codes);

-- name: keep_shares
-- attribute.
insert into lateness_share (dossier_code, place, step_code, holder_id, is_sent, to_id, used_s, allowed_s, late_s, is_alone)
select dossier_code, place, step_code, holder_id, is_sent, to_id, used_s, allowed_s, late_s, is_alone
from jsonb_to_recordset(:rows) as n (
    dossier_code text, place smallint, step_code text, holder_id integer, is_sent boolean, to_id integer, used_s integer,
    allowed_s integer, late_s integer, is_alone boolean
);

-- name: shares_city
-- The page of holders: what each stop has of the lateness of a window, by field, for the whole city.
select
    f.code as field, l.holder_id, l.is_sent, l.to_id, sum(l.dossiers)::integer as dossiers, sum(l.most)::integer as most,
    sum(l.alone)::integer as alone, sum(l.late_s)::bigint as late_s
from lateness_city_day as l
join field as f on f.id = l.field_id
where l.day between :first and :through
group by f.code, l.holder_id, l.is_sent, l.to_id
having sum(l.most) <> 0 or sum(l.dossiers) <> 0;

-- name: shares_units
-- The same for some units.
select
    f.code as field, l.holder_id, l.is_sent, l.to_id, sum(l.dossiers)::integer as dossiers, sum(l.most)::integer as most,
    sum(l.alone)::integer as alone, sum(l.late_s)::bigint as late_s
from lateness_day as l
join field as f on f.id = l.field_id
where l.unit_id = any (:units)
  and l.day between :first and :through
group by f.code, l.holder_id, l.is_sent, l.to_id
having sum(l.most) <> 0 or sum(l.dossiers) <> 0;

-- name: traces
-- The page of holders: what was late, moved and paused of a window, by unit.
select
    unit_id, sum(late)::integer as late, sum(late_first)::integer as late_first, sum(late_fair)::integer as late_fair,
    sum(moved)::integer as moved, sum(unexplained)::integer as unexplained, sum(paused)::integer as paused,
    sum(asked_twice)::integer as asked_twice
from trace_day
where day between :first and :through
group by unit_id;

-- name: ended
-- The page of holders: how many dossiers ended in a window, by unit.
select unit_id, sum(ended)::integer as ended
from dossier_unit_day
where day between :first and :through
group by unit_id;
