-- Dossiers that change in bulk: less is looked at twice. What the triggers write stays the same.

create or replace function dossiers_changed() returns trigger language plpgsql set enable_hashjoin = on as $$
declare
    nested_loops text := current_setting('enable_nestloop');
    begun text[];
    over text[];
begin
    perform set_config('enable_nestloop', 'off', true);    -- the rows before and after, which have no keys, are joined
    insert into traced_dossier (dossier_code)
    select n.code
    from new_rows as n
    join old_rows as o on o.code = n.code
    join procedure as p on p.id = n.procedure_id
    where (n.ended_at, n.due_at, n.accepted_at, n.unit_id, n.procedure_id)
        is distinct from (o.ended_at, o.due_at, o.accepted_at, o.unit_id, o.procedure_id)
      and (n.ended_at is not null or o.ended_at is not null)
      and (n.ended_at > greatest(n.due_at, n.accepted_at) and n.due_at is not null
           or o.ended_at > greatest(o.due_at, o.accepted_at) and o.due_at is not null
           or is_beyond(n.accepted_at, n.due_given_at, p.statutory_days)
           or exists (select 1 from traced_dossier as t where t.dossier_code = n.code))
    order by n.code
    on conflict (dossier_code) do update set is_owed = true;
    if exists (select 1 from old_rows where status in (5, 6)) or exists (select 1 from new_rows where status in (5, 6)) then
        select array_agg(n.code) filter (where n.status in (5, 6)), array_agg(n.code) filter (where o.status in (5, 6))
        into begun, over
        from new_rows as n
        join old_rows as o on o.code = n.code
        where n.status is distinct from o.status
          and (n.status in (5, 6) or o.status in (5, 6));
    end if;
    perform set_config('enable_nestloop', nested_loops, true);
    if over is not null then
        update dossier_pause as p
        set to_at = greatest(p.from_at, coalesce(n.changed_at, n.version_at))
        from new_rows as n
        where n.code = any (over)
          and p.dossier_code = n.code
          and p.to_at is null;
    end if;
    if begun is not null then
        insert into dossier_pause (dossier_code, from_at, reason)
        select code, coalesce(case when status = 5 then asked_at end, changed_at, version_at), status::text
        from new_rows
        where code = any (begun)
          and accepted_at is not null
        on conflict do nothing;
    end if;
    return null;
end $$;

-- Days of two instants are compared only where the instants are less than a day apart: a cast to a day costs more.
do $$
declare
    before text := pg_get_functiondef('dossier_rolled'::regproc);
    after text := regexp_replace(
        before, '([no])\.ended_at::date = \1\.accepted_at::date',
        'case when \1.ended_at < \1.accepted_at + interval ''''24 hours'''' then \1.ended_at::date = \1.accepted_at::date else false end', 'g'
    );
begin
    if after = before then
        raise exception 'dossier_rolled is not what this migration knows';
    end if;
    execute after;
end $$;

-- A rating looks for its dossier in one month alone.
create or replace function rating_shares(source text) returns text language sql stable as $body$
    select replace($$
    select coalesce(unit_id, -1) as unit_id, day, stage, score, sum(sign)::integer as n
    from (
        select d.unit_id, coalesce(rated_at, r.version_at)::date as day, stage, score, sign
        from $source as r
        join dossier as d on d.code = r.dossier_code and d.month = dossier_month(r.dossier_code)
    ) as told
    group by grouping sets ((day, stage, score), (unit_id, day, stage, score))
    $$, '$source', source)
$body$;

-- Late ends are counted and listed from the index alone.
drop index dossier_ended_late;
create index dossier_ended_late on dossier (unit_id, ended_at) include (procedure_id, due_at, accepted_at, status, code)
where ended_at > due_at;

-- The rollups of 0005 tell of what was there before them, too.
do $$
declare
    session_zone text := current_setting('timezone');
begin
    perform set_config('timezone', city_zone(), true);
    delete from ticket_week;
    execute 'insert into ticket_week (unit_id, category_id, week, opened, reopened, answered, ended, judged, on_time)
        select unit_id, category_id, week, opened, reopened, answered, ended, judged, on_time
        from (' || ticket_weeks('(select 1 as sign, ticket.* from ticket) as fact') || ') as told';
    delete from ticket_spread;
    execute 'insert into ticket_spread (measure, unit_id, category_id, week, bin, n)
        select measure, unit_id, category_id, week, bin, n
        from (' || ticket_spreads('(select 1 as sign, ticket.* from ticket) as fact') || ') as told';
    delete from rating_day;
    execute 'insert into rating_day (unit_id, day, stage, score, n)
        select unit_id, day, stage, score, sum(n)::integer
        from (' || rating_shares('(select 1 as sign, rating.* from rating where not waiting)')
            || ' union all select unit_id, day, stage, score, n from retired_rating_day) as told
        group by unit_id, day, stage, score';
    perform set_config('timezone', session_zone, true);
end $$;
