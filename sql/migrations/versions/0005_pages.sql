-- What the pages of the hotline and of satisfaction read besides the rollups of days: clocks of categories, calls by hour
-- of the week and by how long they took, ratings by stage. Kept like the rollups of 0002, checked by verify, made by rebuild.

alter table category
    add column first_answer_hours numeric check (first_answer_hours > 0),
    add column forward_minutes numeric check (forward_minutes > 0),
    add column about_dossiers boolean not null default false;

-- A page asks for the calls of one unit and category by when they were opened: the list behind a number.
create index ticket_place on ticket (unit_id, category_id, opened_at) include (first_answer_at, ended_at);

-- Counts by week (its Monday), each with the week in which it happened: opened and reopened, answered, ended. -1 = all.
create table ticket_week (
    unit_id integer not null,
    category_id integer not null,
    week date not null,
    opened integer not null default 0,
    reopened integer not null default 0,                   -- of those opened in the week
    answered integer not null default 0,
    ended integer not null default 0,
    judged integer not null default 0,                     -- ended and had a due time
    on_time integer not null default 0,
    primary key (unit_id, category_id, week),
    check (unit_id = -1 or category_id = -1)
);

-- Sums of one unit over all categories, of one category over all units, of the whole city: -1 stands for all.
-- measure 0: opened, bin = hour of the week from Monday 0h; 1: first answers, 2: closings, bin = how long it took.
create table ticket_spread (
    unit_id integer not null,
    category_id integer not null,
    measure smallint not null,
    week date not null,                                    -- its Monday
    bin smallint not null,
    n integer not null default 0,
    primary key (measure, unit_id, category_id, week, bin) include (n),
    check (unit_id = -1 or category_id = -1)
);

-- Upper ends of the bins in minutes, the same as in indicators/hotline.py; the last bin has no end.
create function ticket_bins() returns double precision[] language sql immutable as $$
    select array[
        1, 2, 3, 5, 7, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 360, 480, 720, 1080, 1440, 2160, 2880, 4320, 5760,
        7200, 8640, 10080, 14400, 20160, 30240, 43200, 64800, 86400, 129600, 259200
    ]::double precision[]
$$;

-- What took exactly as long as a bin's end lies in that bin: half a microsecond is taken off, times have whole ones.
create function ticket_bin(taken interval) returns smallint language sql immutable as $$
    select width_bucket(extract(epoch from taken)::double precision / 60 - 0.5e-6 / 60, ticket_bins())::smallint
$$;

-- Days and hours are those of the session's time zone, which the caller sets to the city's. `source` has: sign, unit_id,
-- category_id, opened_at, first_answer_at, ended_at.
create function ticket_spreads(source text) returns text language sql stable as $body$
    select replace($$
    select
        coalesce(unit_id, -1) as unit_id, coalesce(category_id, -1) as category_id, measure, week, bin, sum(sign)::integer as n
    from (
        select
            unit_id, category_id, 0::smallint as measure, date_trunc('week', opened_at)::date as week,
            ((extract(isodow from opened_at) - 1) * 24 + extract(hour from opened_at))::smallint as bin, sign
        from $source
        where true
        union all
        select
            unit_id, category_id, 1::smallint, date_trunc('week', first_answer_at)::date,
            ticket_bin(first_answer_at - opened_at),
            sign
        from $source
        where first_answer_at is not null
        union all
        select
            unit_id, category_id, 2::smallint, date_trunc('week', ended_at)::date,
            ticket_bin(ended_at - opened_at),
            sign
        from $source
        where ended_at is not null
    ) as event
    group by grouping sets ((measure, week, bin), (unit_id, measure, week, bin), (category_id, measure, week, bin))
    $$, '$source', source)
$body$;

create function ticket_weeks(source text) returns text language sql stable as $body$
    select replace($$
    select
        coalesce(unit_id, -1) as unit_id, coalesce(category_id, -1) as category_id, week,
        sum(opened)::integer as opened, sum(reopened)::integer as reopened, sum(answered)::integer as answered,
        sum(ended)::integer as ended, sum(judged)::integer as judged, sum(on_time)::integer as on_time
    from (
        select
            unit_id, category_id, date_trunc('week', opened_at)::date as week,
            sign as opened, (case when reopened_at is not null then sign else 0 end) as reopened, 0 as answered,
            0 as ended, 0 as judged, 0 as on_time
        from $source
        where true
        union all
        select unit_id, category_id, date_trunc('week', first_answer_at)::date, 0, 0, sign, 0, 0, 0
        from $source
        where first_answer_at is not null
        union all
        select
            unit_id, category_id, date_trunc('week', ended_at)::date,
            0, 0, 0,
            sign, (case when due_at is not null then sign else 0 end), (case when ended_at <= due_at then sign else 0 end)
        from $source
        where ended_at is not null
    ) as event
    group by grouping sets ((week), (unit_id, week), (category_id, week))
    $$, '$source', source)
$body$;

create function ticket_week_rolled() returns trigger language plpgsql as $$
declare
    session_zone text := current_setting('timezone');
    told text := 'unit_id, category_id, opened_at, due_at, first_answer_at, ended_at, reopened_at';
    changed text := case tg_op
        when 'INSERT' then 'select 1 as sign, ' || told || ' from new_rows'
        when 'DELETE' then 'select -1 as sign, ' || told || ' from old_rows'
        else 'select 1 as sign, ' || told || ' from new_rows union all select -1 as sign, ' || told || ' from old_rows'
    end;
begin
    perform set_config('timezone', city_zone(), true);
    execute 'with changed as materialized (
            ' || changed || '
        ), delta as (
            ' || ticket_spreads('changed') || '
        ), week_delta as (
            ' || ticket_weeks('changed') || '
        ), rolled_week as (
            insert into ticket_week as r (unit_id, category_id, week, opened, reopened, answered, ended, judged, on_time)
            select unit_id, category_id, week, opened, reopened, answered, ended, judged, on_time
            from week_delta
            where (opened, reopened, answered, ended, judged, on_time) <> (0, 0, 0, 0, 0, 0)
            order by unit_id, category_id, week
            on conflict (unit_id, category_id, week) do update set
                opened = r.opened + excluded.opened, reopened = r.reopened + excluded.reopened,
                answered = r.answered + excluded.answered, ended = r.ended + excluded.ended,
                judged = r.judged + excluded.judged, on_time = r.on_time + excluded.on_time
        )
        insert into ticket_spread as r (unit_id, category_id, measure, week, bin, n)
        select unit_id, category_id, measure, week, bin, n
        from delta
        where n <> 0
        order by measure, unit_id, category_id, week, bin
        on conflict (measure, unit_id, category_id, week, bin) do update set n = r.n + excluded.n';
    perform set_config('timezone', session_zone, true);
    return null;
end $$;

create trigger ticket_week_inserted after insert on ticket referencing new table as new_rows
for each statement execute function ticket_week_rolled();
create trigger ticket_week_updated after update on ticket referencing old table as old_rows new table as new_rows
for each statement execute function ticket_week_rolled();
create trigger ticket_week_deleted after delete on ticket referencing old table as old_rows
for each statement execute function ticket_week_rolled();

-- Scores by stage and day of rating; unit -1 = the whole city. A rating counts once its dossier is there.
create table rating_day (
    unit_id integer not null,
    day date not null,
    stage text not null,
    score smallint not null,
    n integer not null default 0,
    primary key (unit_id, day, stage, score) include (n)
);

-- `source` has: sign, dossier_code, stage, score, rated_at, version_at.
create function rating_shares(source text) returns text language sql stable as $body$
    select replace($$
    select coalesce(unit_id, -1) as unit_id, day, stage, score, sum(sign)::integer as n
    from (
        select d.unit_id, coalesce(rated_at, r.version_at)::date as day, stage, score, sign
        from $source as r
        join dossier as d on d.code = r.dossier_code
    ) as told
    group by grouping sets ((day, stage, score), (unit_id, day, stage, score))
    $$, '$source', source)
$body$;

create function rating_rolled() returns trigger language plpgsql as $$
declare
    session_zone text := current_setting('timezone');
    told text := 'dossier_code, stage, score, rated_at, version_at';
    changed text := case tg_op
        when 'INSERT' then 'select 1 as sign, ' || told || ' from new_rows where not waiting'
        when 'DELETE' then 'select -1 as sign, ' || told || ' from old_rows where not waiting'
        else 'select 1 as sign, ' || told || ' from new_rows where not waiting
            union all select -1 as sign, ' || told || ' from old_rows where not waiting'
    end;
begin
    perform set_config('timezone', city_zone(), true);
    execute 'with changed as materialized (
            ' || changed || '
        ), delta as (
            ' || rating_shares('changed') || '
        )
        insert into rating_day as r (unit_id, day, stage, score, n)
        select unit_id, day, stage, score, n
        from delta
        where n <> 0
        order by unit_id, day, stage, score
        on conflict (unit_id, day, stage, score) do update set n = r.n + excluded.n';
    perform set_config('timezone', session_zone, true);
    return null;
end $$;

create trigger rating_inserted after insert on rating referencing new table as new_rows
for each statement execute function rating_rolled();
create trigger rating_updated after update on rating referencing old table as old_rows new table as new_rows
for each statement execute function rating_rolled();
create trigger rating_deleted after delete on rating referencing old table as old_rows
for each statement execute function rating_rolled();

-- A rated dossier that goes to another unit takes its ratings along. This is rare: a row trigger that seldom fires.
create function rating_moved() returns trigger language plpgsql as $$
declare
    session_zone text := current_setting('timezone');
begin
    perform set_config('timezone', city_zone(), true);
    insert into rating_day as r (unit_id, day, stage, score, n)
    select unit_id, coalesce(rated_at, version_at)::date, stage, score, sum(sign)
    from rating
    cross join (values (new.unit_id, 1), (old.unit_id, -1)) as side (unit_id, sign)
    where dossier_code = new.code
      and not waiting
    group by unit_id, coalesce(rated_at, version_at)::date, stage, score
    order by 1, 2, 3, 4
    on conflict (unit_id, day, stage, score) do update set n = r.n + excluded.n;
    perform set_config('timezone', session_zone, true);
    return null;
end $$;

create trigger dossier_rating_moved after update on dossier for each row
when (old.unit_id <> new.unit_id and new.rating_min is not null) execute function rating_moved();
