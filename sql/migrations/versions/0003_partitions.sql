-- Dossiers by month, and rollups that windows of any length are read from at the same cost.
--
-- For who builds pages: sums by unit and field over a window: dossier_window(from_day, through_day). By unit and week:
-- dossier_unit_week. Late ends of the city by procedure: procedure_day; satisfaction: service_day (city, by field, channel
-- and punctuality) and service_unit_week (by unit). In those three several rows may speak of one cell: always add them up.

drop trigger dossier_inserted on dossier;
drop trigger dossier_updated on dossier;
drop trigger dossier_deleted on dossier;
drop function dossier_rolled();
drop function dossier_shares(text, text, text);
drop table dossier_day;

-- The dossiers, by the month of registration that their codes end in (etl/months.py reads it the same way): retention is
-- a detach. A code without a day, or with one before 2010 or after 2039, is kept under 1900-01-01.
create function dossier_month(code text) returns date language sql immutable parallel safe as $$
    select coalesce(
        (
            select make_date(2000 + substr(told, 1, 2)::integer, substr(told, 3, 2)::integer, 1)
            from substring(code from '-([123][0-9](?:0[1-9]|1[0-2]))(?:0[1-9]|[12][0-9]|3[01])-[0-9]{1,12}$') as told
        ),
        date '1900-01-01'
    )
$$;

alter table dossier rename to dossier_before;
alter table dossier_before rename constraint dossier_pkey to dossier_before_pkey;
drop index dossier_open, dossier_accepted, dossier_ended;
create table dossier (
    like dossier_before including defaults including constraints including generated,
    month date not null default '1900-01-01',              -- always dossier_month(code): whoever writes sees to it, verify checks
    primary key (code, month)
) partition by range (month);
create index dossier_open on dossier (due_at) include (unit_id, procedure_id, accepted_at) where ended_at is null;
create index dossier_accepted on dossier (accepted_at);
create index dossier_ended on dossier (ended_at) where ended_at is not null;
-- Finished late, by unit and when: case lists, and late ends by procedure within a unit.
create index dossier_ended_late on dossier (unit_id, ended_at) include (procedure_id, due_at, accepted_at) where ended_at > due_at;
create table dossier_undated partition of dossier for values from (minvalue) to ('2010-01-01') with (fillfactor = 85);

-- Months whose dossiers have been taken out (etl retention). What they counted for stays in the rollups; the retired_*
-- tables hold it once more, so that rollups can still be checked against the facts that are left.
create table retired_month (
    month date primary key,
    dossiers bigint not null,
    at timestamptz not null default now()
);

-- Make the partition of a month if there is none. It is attached, which lets readers and writers go on.
create function make_dossier_month(month date) returns void language plpgsql as $$
declare
    name text := to_char(month, '"dossier_y"YYYY"m"MM');
begin
    if to_regclass('public.' || name) is not null or month < '2010-01-01' then
        return;
    end if;
    perform pg_advisory_xact_lock(7661011);
    if to_regclass('public.' || name) is not null then
        return;
    end if;
    if exists (select 1 from retired_month as r where r.month = make_dossier_month.month) then
        raise check_violation using message = format('the dossiers of %s are no longer kept', to_char(month, 'YYYY-MM'));
    end if;
    execute format('create table public.%I (like public.dossier including all) with (fillfactor = 85)', name);
    execute format(
        'alter table public.dossier attach partition public.%I for values from (%L) to (%L)', name, month, month + interval '1 month'
    );
end $$;

select make_dossier_month(month)
from (select distinct dossier_month(code) as month from dossier_before) as told
order by month;

insert into dossier (
    code, unit_id, procedure_id, channel, status, submitted_at, accepted_at, due_given_at, due_rule_at, finished_at,
    returned_at, stopped_at, accept_by, changed_at, due_since, rating_min, version_at, columns, column_versions, load_id, month
)
select
    code, unit_id, procedure_id, channel, status, submitted_at, accepted_at, due_given_at, due_rule_at, finished_at,
    returned_at, stopped_at, accept_by, changed_at, due_since, rating_min, version_at, columns, column_versions, load_id,
    dossier_month(code)
from dossier_before;
drop table dossier_before;

create function week_of(day date) returns date language sql immutable parallel safe as $$
    select day - (day - date '0001-01-01') % 7             -- its Monday: 0001-01-01 was one
$$;

-- Cells are appended to the fresh part; folding (etl compact) moves those of whole weeks to the folded part, one row a cell.
create table dossier_day (
    day date not null,
    unit_id integer not null,
    field_id integer not null,
    received integer not null default 0,                   -- on the day of acceptance
    channel_known integer not null default 0,
    online integer not null default 0,
    accept_judged integer not null default 0,
    accepted_late integer not null default 0,
    same_day integer not null default 0,
    ended integer not null default 0,                      -- on the day it ended, however it ended
    finished integer not null default 0,                   -- ended with a result
    judged integer not null default 0,                     -- finished and had a due time
    on_time integer not null default 0,
    early integer not null default 0,
    rated integer not null default 0,
    content integer not null default 0,
    late_in integer not null default 0,                    -- became late on this day (also days to come)
    late_out integer not null default 0,                   -- ended late on this day
    is_folded boolean not null default false
) partition by list (is_folded);
create table dossier_day_fresh partition of dossier_day for values in (false);
create table dossier_day_folded partition of dossier_day for values in (true);
create index dossier_day_fresh_day on dossier_day_fresh using brin (day) with (autosummarize = on);
create index dossier_day_folded_day on dossier_day_folded (day);

-- What the folded part comes to from the first day on through each Sunday: a window is the difference of two of them.
create table dossier_running (like dossier_day including defaults);
alter table dossier_running drop column is_folded;
alter table dossier_running rename column day to through;
alter table dossier_running add primary key (through, unit_id, field_id);

-- By the Monday of the week.
create table dossier_unit_week (
    week date not null,
    unit_id integer not null,
    received integer not null default 0,
    accept_judged integer not null default 0,
    accepted_late integer not null default 0,
    same_day integer not null default 0,
    finished integer not null default 0,
    judged integer not null default 0,
    on_time integer not null default 0,
    late_in integer not null default 0,
    late_out integer not null default 0,
    primary key (week, unit_id)
) with (fillfactor = 50);

-- On the day it finished with a result. Appended, as the two after it.
create table procedure_day (
    day date not null,
    procedure_id integer not null,
    judged integer not null default 0,                     -- had a due time
    late integer not null default 0
);
create index procedure_day_day on procedure_day using brin (day) with (autosummarize = on);

create table service_day (
    day date not null,
    field_id integer not null,
    channel smallint not null,                             -- 0 = not told
    punctual smallint not null,                            -- 1 = on time, 0 = late, -1 = it had no due time
    finished integer not null default 0,
    rated integer not null default 0,
    content integer not null default 0
);
create index service_day_day on service_day using brin (day) with (autosummarize = on);

create table service_unit_week (
    week date not null,
    unit_id integer not null,
    channel smallint not null,
    punctual smallint not null,
    finished integer not null default 0,
    rated integer not null default 0,
    content integer not null default 0
);
create index service_unit_week_week on service_unit_week using brin (week) with (autosummarize = on);

create table retired_dossier_day (like dossier_day including defaults);
alter table retired_dossier_day drop column is_folded;
create table retired_procedure_day (like procedure_day including defaults);
create table retired_service_day (like service_day including defaults);
create table retired_service_unit_week (like service_unit_week including defaults);
create table retired_activity_hour (hour_at timestamptz not null, received integer not null, finished integer not null);
create table retired_rating_day (
    unit_id integer not null,
    day date not null,
    stage text not null,
    score smallint not null,
    n integer not null
);

-- Retention takes dossiers out of the facts, not out of what happened: it sets this for its transaction.
create function is_retiring() returns boolean language sql stable as $$
    select coalesce(current_setting('city.is_retiring', true), '') = 'on'
$$;

create function dossier_window(from_day date, through_day date) returns table (
    unit_id integer, field_id integer,
    received bigint, channel_known bigint, online bigint, accept_judged bigint, accepted_late bigint, same_day bigint,
    ended bigint, finished bigint, judged bigint, on_time bigint, early bigint, rated bigint, content bigint,
    late_in bigint, late_out bigint
) language sql stable as $$
    with stored as materialized (
        select
            (select min(r.through) from dossier_running as r where r.through >= from_day - 1) as first,
            (select max(r.through) from dossier_running as r where r.through <= through_day) as last
    ), span as materialized (                              -- what lies after `first` and up to `last` is in two sums
        select
            case when first < last then first end as first, case when first < last then last end as last,
            case when first < last then first else through_day end as head_until
        from stored
    )
    select
        cell.unit_id, cell.field_id,
        sum(cell.received), sum(cell.channel_known), sum(cell.online), sum(cell.accept_judged), sum(cell.accepted_late),
        sum(cell.same_day), sum(cell.ended), sum(cell.finished), sum(cell.judged), sum(cell.on_time), sum(cell.early),
        sum(cell.rated), sum(cell.content), sum(cell.late_in), sum(cell.late_out)
    from (
        select
            r.unit_id, r.field_id, r.received, r.channel_known, r.online, r.accept_judged, r.accepted_late, r.same_day,
            r.ended, r.finished, r.judged, r.on_time, r.early, r.rated, r.content, r.late_in, r.late_out
        from dossier_running as r
        where r.through = (select last from span)
        union all
        select
            r.unit_id, r.field_id, -r.received, -r.channel_known, -r.online, -r.accept_judged, -r.accepted_late,
            -r.same_day, -r.ended, -r.finished, -r.judged, -r.on_time, -r.early, -r.rated, -r.content, -r.late_in,
            -r.late_out
        from dossier_running as r
        where r.through = (select first from span)
        union all
        select
            d.unit_id, d.field_id, d.received, d.channel_known, d.online, d.accept_judged, d.accepted_late, d.same_day,
            d.ended, d.finished, d.judged, d.on_time, d.early, d.rated, d.content, d.late_in, d.late_out
        from dossier_day_folded as d
        where d.day between from_day and (select head_until from span)
        union all
        select
            d.unit_id, d.field_id, d.received, d.channel_known, d.online, d.accept_judged, d.accepted_late, d.same_day,
            d.ended, d.finished, d.judged, d.on_time, d.early, d.rated, d.content, d.late_in, d.late_out
        from dossier_day_folded as d
        where d.day > (select last from span)
          and d.day <= through_day
        union all
        select
            d.unit_id, d.field_id, d.received, d.channel_known, d.online, d.accept_judged, d.accepted_late, d.same_day,
            d.ended, d.finished, d.judged, d.on_time, d.early, d.rated, d.content, d.late_in, d.late_out
        from dossier_day_fresh as d
        where d.day between from_day and through_day
    ) as cell
    group by cell.unit_id, cell.field_id
$$;

-- What a dossier counts for, once for all rollups. *_told() gives the rows that count, *_shares() what they count for; the
-- triggers, rebuild and verify run their text. Days are those of the session's time zone, which the caller sets to the
-- city's (a cast costs a quarter of AT TIME ZONE). `source` is a query or table of: sign, opens, ends (whether it counts
-- with its acceptance; with its end and lateness), unit_id, procedure_id, channel, status, accepted_at, accept_by, due_at,
-- ended_at, rating_min.
create function dossier_told(source text) returns text language sql stable as $body$
    select replace($$
    select
        sign, opens, ends, unit_id, procedure_id, field_id, coalesce(channel, 0::smallint) as channel,
        accepted_at, accept_by, due_at, ended_at, rating_min,
        accepted_at::date as accepted_on, ended_at::date as ended_on,
        case when due_at > accepted_at then due_at when due_at is not null then accepted_at end as late_at,
        case when coalesce(status, 9) not in (3, 7, 8) then sign else 0 end as is_result
    from $source
    join procedure as p on p.id = procedure_id
    where accepted_at is not null
    $$, '$source', source)
$body$;

-- On the day it was accepted, the day it ended and the day it became late (that may be to come): up to three rows a cell.
create function dossier_shares(told text) returns text language sql stable as $body$
    select replace(replace($$
    select
        accepted_on as day, unit_id, field_id,
        sum(sign)::integer as received,
        sum(case when channel <> 0 then sign else 0 end)::integer as channel_known,
        sum(case when channel in (1, 2) then sign else 0 end)::integer as online,
        sum(case when accept_by is not null then sign else 0 end)::integer as accept_judged,
        sum(case when accepted_at > accept_by then sign else 0 end)::integer as accepted_late,
        sum(case when ended_on = accepted_on then is_result else 0 end)::integer as same_day,
        0 as ended, 0 as finished, 0 as judged,
        0 as on_time, 0 as early, 0 as rated,
        0 as content, 0 as late_in, 0 as late_out
    from $told
    where opens
    group by accepted_on, unit_id, field_id
    union all
    select
        ended_on, unit_id, field_id,
        0, 0, 0,
        0, 0, 0,
        sum(sign)::integer,
        sum(is_result)::integer,
        sum(case when due_at is not null then is_result else 0 end)::integer,
        sum(case when ended_at <= due_at then is_result else 0 end)::integer,
        sum(case when ended_on < due_at::date then is_result else 0 end)::integer,
        sum(case when rating_min is not null then is_result else 0 end)::integer,
        sum(case when rating_min >= content_from then is_result else 0 end)::integer,
        0,
        sum(case when ended_at > late_at then sign else 0 end)::integer
    from $told
    where ends
      and ended_at is not null
    group by ended_on, unit_id, field_id
    union all
    select
        late_at::date, unit_id, field_id,
        0, 0, 0,
        0, 0, 0,
        0, 0, 0,
        0, 0, 0,
        0, sum(sign)::integer, 0
    from $told
    where ends
      and late_at is not null
      and (ended_at is null or ended_at > late_at)
    group by late_at::date, unit_id, field_id
    $$, '$told', told), 'content_from', city_content_from()::text)
$body$;

-- Of those that finished with a result, one row each.
create function dossier_results(told text) returns text language sql stable as $body$
    select replace(replace($$
    select
        ended_on, unit_id, procedure_id, field_id, channel, is_result, rating_min is not null as is_rated,
        coalesce(rating_min >= content_from, false) as is_content,
        case when due_at is null then -1 when ended_at <= due_at then 1 else 0 end::smallint as punctual
    from $told
    where ends
      and is_result <> 0
      and ended_at is not null
    $$, '$told', told), 'content_from', city_content_from()::text)
$body$;

-- The same for all dossiers of a `source`: the texts that verify, rebuild and retention run.
create function dossier_days(source text) returns text language sql stable as $body$
    select dossier_shares('(' || dossier_told(source) || ') as told')
$body$;

create function procedure_days(source text) returns text language sql stable as $body$
    select 'select
        ended_on as day, procedure_id, sum(is_result)::integer as judged,
        sum(case when punctual = 0 then is_result else 0 end)::integer as late
    from (' || dossier_results('(' || dossier_told(source) || ') as told') || ') as result
    where punctual >= 0
    group by ended_on, procedure_id'
$body$;

create function service_days(source text) returns text language sql stable as $body$
    select 'select
        ended_on as day, field_id, channel, punctual, sum(is_result)::integer as finished,
        sum(case when is_rated then is_result else 0 end)::integer as rated,
        sum(case when is_content then is_result else 0 end)::integer as content
    from (' || dossier_results('(' || dossier_told(source) || ') as told') || ') as result
    group by ended_on, field_id, channel, punctual'
$body$;

create function service_weeks(source text) returns text language sql stable as $body$
    select 'select
        week_of(ended_on) as week, unit_id, channel, punctual, sum(is_result)::integer as finished,
        sum(case when is_rated then is_result else 0 end)::integer as rated,
        sum(case when is_content then is_result else 0 end)::integer as content
    from (' || dossier_results('(' || dossier_told(source) || ') as told') || ') as result
    group by week, unit_id, channel, punctual'
$body$;

create function dossier_hours(source text) returns text language sql stable as $body$
    select replace($$
    select hour_at, sum(received)::integer as received, sum(finished)::integer as finished
    from (
        select date_trunc('hour', accepted_at) as hour_at, sign as received, 0 as finished
        from $told
        where opens
        union all
        select date_trunc('hour', ended_at), 0, is_result
        from $told
        where ends
          and is_result <> 0
          and ended_at is not null
    ) as event
    group by hour_at
    $$, '$told', '(' || dossier_told(source) || ') as told')
$body$;

-- Of an updated dossier only what the update changed is taken off and added again: `opens`, `ends`.
create function dossier_rolled() returns trigger language plpgsql set enable_hashjoin = on as $$
declare
    session_zone text := current_setting('timezone');
    columns text := 'unit_id, procedure_id, channel, status, accepted_at, accept_by, due_at, ended_at, rating_min';
    changed text := case tg_op
        when 'INSERT' then '(select 1 as sign, true as opens, true as ends, ' || columns || ' from new_rows) as changed'
        when 'DELETE' then '(select -1 as sign, true as opens, true as ends, ' || columns || ' from old_rows) as changed'
        else 'changed'
    end;
    pairs text := case when tg_op <> 'UPDATE' then '' else 'pair as materialized (
            select
                n.unit_id, n.procedure_id, n.channel, n.status, n.accepted_at, n.accept_by, n.due_at, n.ended_at, n.rating_min,
                o.unit_id as was_unit_id, o.procedure_id as was_procedure_id, o.channel as was_channel, o.status as was_status,
                o.accepted_at as was_accepted_at, o.accept_by as was_accept_by, o.due_at as was_due_at, o.ended_at as was_ended_at,
                o.rating_min as was_rating_min,
                (n.accepted_at, n.unit_id, n.procedure_id, n.channel, n.accept_by, n.ended_at::date = n.accepted_at::date, n.status in (3, 7, 8))
                is distinct from
                (o.accepted_at, o.unit_id, o.procedure_id, o.channel, o.accept_by, o.ended_at::date = o.accepted_at::date, o.status in (3, 7, 8)) as opens,
                (n.ended_at, n.due_at, n.accepted_at, n.unit_id, n.procedure_id, n.channel, n.rating_min, n.status in (3, 7, 8))
                is distinct from
                (o.ended_at, o.due_at, o.accepted_at, o.unit_id, o.procedure_id, o.channel, o.rating_min, o.status in (3, 7, 8)) as ends
            from new_rows as n
            full join old_rows as o on o.code = n.code
        ), changed as (
            select 1 as sign, opens, ends, ' || columns || '
            from pair
            where opens or ends
            union all
            select
                -1, opens, ends, was_unit_id, was_procedure_id, was_channel, was_status, was_accepted_at, was_accept_by,
                was_due_at, was_ended_at, was_rating_min
            from pair
            where opens or ends
        ), '
    end;
begin
    if is_retiring() then
        return null;
    end if;
    perform set_config('timezone', city_zone(), true);
    execute 'with ' || pairs || 'told as materialized (
            ' || dossier_told(changed) || '
        ), delta as materialized (
            ' || dossier_shares('told') || '
        ), result as materialized (
            ' || dossier_results('told') || '
        ), unit_delta as materialized (
            select
                day, unit_id,
                sum(received)::integer as received, sum(channel_known)::integer as channel_known, sum(online)::integer as online,
                sum(accept_judged)::integer as accept_judged, sum(accepted_late)::integer as accepted_late, sum(same_day)::integer as same_day,
                sum(ended)::integer as ended, sum(finished)::integer as finished, sum(judged)::integer as judged,
                sum(on_time)::integer as on_time, sum(early)::integer as early, sum(rated)::integer as rated,
                sum(content)::integer as content, sum(late_in)::integer as late_in, sum(late_out)::integer as late_out
            from delta
            group by day, unit_id
        ), stock_delta as (
            select unit_id, field_id, sum(sign)::integer as open, sum(case when due_at is null then 0 else sign end)::integer as open_due
            from told
            where ends
              and ended_at is null
            group by unit_id, field_id
        ), hour_delta as (
            select hour_at, sum(received)::integer as received, sum(finished)::integer as finished
            from (
                select date_trunc(''hour'', accepted_at) as hour_at, sign as received, 0 as finished
                from told
                where opens
                union all
                select date_trunc(''hour'', ended_at), 0, is_result
                from told
                where ends
                  and is_result <> 0
                  and ended_at is not null
            ) as event
            group by hour_at
        ), rolled_unit_day as (
            insert into dossier_unit_day as r (
                day, unit_id,
                received, channel_known, online, accept_judged, accepted_late, same_day, ended, finished,
                judged, on_time, early, rated, content, late_in, late_out
            )
            select
                day, unit_id,
                received, channel_known, online, accept_judged, accepted_late, same_day, ended, finished,
                judged, on_time, early, rated, content, late_in, late_out
            from unit_delta
            order by day, unit_id
            on conflict (day, unit_id) do update set
                received = r.received + excluded.received, channel_known = r.channel_known + excluded.channel_known,
                online = r.online + excluded.online, accept_judged = r.accept_judged + excluded.accept_judged,
                accepted_late = r.accepted_late + excluded.accepted_late, same_day = r.same_day + excluded.same_day,
                ended = r.ended + excluded.ended, finished = r.finished + excluded.finished,
                judged = r.judged + excluded.judged, on_time = r.on_time + excluded.on_time,
                early = r.early + excluded.early, rated = r.rated + excluded.rated,
                content = r.content + excluded.content, late_in = r.late_in + excluded.late_in,
                late_out = r.late_out + excluded.late_out
        ), rolled_unit_week as (
            insert into dossier_unit_week as r (
                week, unit_id,
                received, accept_judged, accepted_late, same_day, finished, judged, on_time, late_in, late_out
            )
            select
                week_of(day) as week, unit_id,
                sum(received), sum(accept_judged), sum(accepted_late), sum(same_day), sum(finished), sum(judged), sum(on_time),
                sum(late_in), sum(late_out)
            from unit_delta
            group by week, unit_id
            order by week, unit_id
            on conflict (week, unit_id) do update set
                received = r.received + excluded.received, accept_judged = r.accept_judged + excluded.accept_judged,
                accepted_late = r.accepted_late + excluded.accepted_late, same_day = r.same_day + excluded.same_day,
                finished = r.finished + excluded.finished, judged = r.judged + excluded.judged,
                on_time = r.on_time + excluded.on_time, late_in = r.late_in + excluded.late_in,
                late_out = r.late_out + excluded.late_out
        ), rolled_stock as (
            insert into dossier_stock as r (
                unit_id, field_id,
                open, open_due
            )
            select
                unit_id, field_id,
                open, open_due
            from stock_delta
            order by unit_id, field_id
            on conflict (unit_id, field_id) do update set
                open = r.open + excluded.open, open_due = r.open_due + excluded.open_due
        ), rolled_hour as (
            insert into activity_hour as r (
                hour_at,
                received, finished
            )
            select
                hour_at,
                received, finished
            from hour_delta
            order by hour_at
            on conflict (hour_at) do update set
                received = r.received + excluded.received, finished = r.finished + excluded.finished
        ), rolled_procedure as (
            insert into procedure_day (day, procedure_id, judged, late)
            select
                ended_on, procedure_id,
                sum(is_result), sum(case when punctual = 0 then is_result else 0 end)
            from result
            where punctual >= 0
            group by ended_on, procedure_id
            having (sum(is_result), sum(case when punctual = 0 then is_result else 0 end)) <> (0, 0)
        ), rolled_service as (
            insert into service_day (day, field_id, channel, punctual, finished, rated, content)
            select
                ended_on, field_id, channel, punctual,
                sum(is_result), sum(case when is_rated then is_result else 0 end), sum(case when is_content then is_result else 0 end)
            from result
            group by ended_on, field_id, channel, punctual
            having bool_or(is_rated) or sum(is_result) <> 0
        ), rolled_service_unit as (
            insert into service_unit_week (week, unit_id, channel, punctual, finished, rated, content)
            select
                week_of(ended_on) as week, unit_id, channel, punctual,
                sum(is_result), sum(case when is_rated then is_result else 0 end), sum(case when is_content then is_result else 0 end)
            from result
            group by week, unit_id, channel, punctual
            having bool_or(is_rated) or sum(is_result) <> 0
        )
        insert into dossier_day_fresh (
            day, unit_id, field_id,
            received, channel_known, online, accept_judged, accepted_late, same_day, ended, finished,
            judged, on_time, early, rated, content, late_in, late_out
        )
        select
            day, unit_id, field_id,
            received, channel_known, online, accept_judged, accepted_late, same_day, ended, finished,
            judged, on_time, early, rated, content, late_in, late_out
        from delta
        where (received, channel_known, online, accept_judged, accepted_late, same_day, ended, finished,
            judged, on_time, early, rated, content, late_in, late_out) <> (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)';
    perform set_config('timezone', session_zone, true);
    return null;
end $$;

-- What stands in the database already.
do $$
declare
    session_zone text := current_setting('timezone');
    source text := '(select 1 as sign, true as opens, true as ends, dossier.* from dossier) as fact';
begin
    perform set_config('timezone', city_zone(), true);
    execute 'insert into dossier_day_fresh (
            day, unit_id, field_id,
            received, channel_known, online, accept_judged, accepted_late, same_day, ended, finished,
            judged, on_time, early, rated, content, late_in, late_out
        ) ' || dossier_days(source);
    execute 'insert into procedure_day (day, procedure_id, judged, late) ' || procedure_days(source);
    execute 'insert into service_day (day, field_id, channel, punctual, finished, rated, content) ' || service_days(source);
    execute 'insert into service_unit_week (week, unit_id, channel, punctual, finished, rated, content) ' || service_weeks(source);
    insert into dossier_unit_week (
        week, unit_id,
        received, accept_judged, accepted_late, same_day, finished, judged, on_time, late_in, late_out
    )
    select
        week_of(day) as week, unit_id,
        sum(received), sum(accept_judged), sum(accepted_late), sum(same_day), sum(finished), sum(judged), sum(on_time),
        sum(late_in), sum(late_out)
    from dossier_day
    group by week, unit_id;
    perform set_config('timezone', session_zone, true);
end $$;

create trigger dossier_inserted after insert on dossier referencing new table as new_rows
for each statement execute function dossier_rolled();
create trigger dossier_updated after update on dossier referencing old table as old_rows new table as new_rows
for each statement execute function dossier_rolled();
create trigger dossier_deleted after delete on dossier referencing old table as old_rows
for each statement execute function dossier_rolled();
