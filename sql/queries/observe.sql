-- Observations and targets.

-- name: codes
-- Whoever loads observations: which indicators there are.
select code
from indicator
where not retired;

-- name: take_turn
-- Whoever loads observations: one batch at a time.
select pg_advisory_xact_lock(7661004);

-- name: add_vintages
-- Each batch: a new vintage where value or status differ from the newest one; of several rows of a batch the last counts.
with said as (
    select distinct on (indicator, period, unit_id) indicator, period, unit_id, value, status
    from jsonb_to_recordset(:rows) as new (
        indicator text, period text, unit_id integer, value numeric, status text, row_no bigint
    )
    order by indicator, period, unit_id, row_no desc
)
insert into observation (indicator_code, period, unit_id, kind, value, status, vintage_at, load_id)
select said.indicator, said.period, said.unit_id, :kind, said.value, said.status, :vintage_at, :load_id
from said
left join lateral (
    select value, status
    from observation as o
    where o.indicator_code = said.indicator
      and o.period = said.period
      and o.unit_id = said.unit_id
      and o.kind = :kind
    order by vintage_at desc
    limit 1
) as newest on true
where (newest.value, newest.status) is distinct from (said.value, said.status)
on conflict (indicator_code, period, unit_id, kind, vintage_at) do update set
    value = excluded.value,
    status = excluded.status;
