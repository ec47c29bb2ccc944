-- Rollups follow the facts by statement triggers: whoever changes a fact changes its rollups in the same transaction.
-- *_shares() is the one place that says what a fact counts for; the triggers, rebuild and verify run its text.
-- Its days are those of the session's time zone, which the caller sets to the city's (a cast costs a quarter of AT TIME ZONE).

create function city_zone() returns text language sql stable as $$
    select coalesce((select timezone from city), 'UTC')
$$;

create function city_content_from() returns integer language sql stable as $$
    select coalesce((select (rules -> 'satisfaction' ->> 'content_from')::integer from city), 2)
$$;

-- A dossier counts on the day it was accepted, the day it ended and the day it became late (that may be to come): up to
-- three rows a cell, each aggregated by itself. `source` is a query or table of: sign, unit_id, procedure_id, channel,
-- status, accepted_at, accept_by, due_at, ended_at, rating_min; `opens` and `ends` say which of its rows count with their
-- acceptance, and which with their end and lateness.
create function dossier_shares(source text, opens text default 'true', ends text default 'true')
returns text language sql stable as $body$
    select replace(replace(replace(replace($$
    select
        accepted_at::date as day, unit_id, field_id,
        sum(sign)::integer as received,
        sum(case when channel is not null then sign else 0 end)::integer as channel_known,
        sum(case when channel in (1, 2) then sign else 0 end)::integer as online,
        sum(case when accept_by is not null then sign else 0 end)::integer as accept_judged,
        sum(case when accepted_at > accept_by then sign else 0 end)::integer as accepted_late,
        sum(case when ended_at::date = accepted_at::date and coalesce(status, 9) not in (3, 7, 8) then sign else 0 end)::integer as same_day,
        0 as ended, 0 as finished, 0 as judged,
        0 as on_time, 0 as early, 0 as rated,
        0 as content, 0 as late_in, 0 as late_out
    from $source
    join procedure as p on p.id = procedure_id
    where accepted_at is not null
      and $opens
    group by accepted_at::date, unit_id, field_id
    union all
    select
        day, unit_id, field_id,
        0, 0, 0,
        0, 0, 0,
        sum(sign)::integer,
        sum(is_result)::integer,
        sum(case when due_at is not null then is_result else 0 end)::integer,
        sum(case when ended_at <= due_at then is_result else 0 end)::integer,
        sum(case when day < due_at::date then is_result else 0 end)::integer,
        sum(case when rating_min is not null then is_result else 0 end)::integer,
        sum(case when rating_min >= content_from then is_result else 0 end)::integer,
        0,
        sum(case when ended_at > late_at then sign else 0 end)::integer
    from (
        select
            ended_at::date as day, unit_id, procedure_id, sign, ended_at, due_at, rating_min,
            case when coalesce(status, 9) not in (3, 7, 8) then sign else 0 end as is_result,
            case when due_at is not null then greatest(due_at, accepted_at) end as late_at
        from $source
        where accepted_at is not null
          and ended_at is not null
          and $ends
    ) as ending
    join procedure as p on p.id = procedure_id
    group by day, unit_id, field_id
    union all
    select
        greatest(due_at, accepted_at)::date, unit_id, field_id,
        0, 0, 0,
        0, 0, 0,
        0, 0, 0,
        0, 0, 0,
        0, sum(sign)::integer, 0
    from $source
    join procedure as p on p.id = procedure_id
    where accepted_at is not null
      and due_at is not null
      and (ended_at is null or ended_at > greatest(due_at, accepted_at))
      and $ends
    group by greatest(due_at, accepted_at)::date, unit_id, field_id
    $$, '$source', source), '$opens', opens), '$ends', ends), 'content_from', city_content_from()::text)
$body$;

create function ticket_shares(source text) returns text language sql stable as $body$
    select replace($$
    select
        day, unit_id, category_id,
        sum(opened)::integer as opened, sum(ended)::integer as ended, sum(judged)::integer as judged,
        sum(on_time)::integer as on_time, sum(reopened)::integer as reopened, sum(late_in)::integer as late_in,
        sum(late_out)::integer as late_out
    from (
        select
            opened_at::date as day, unit_id, category_id,
            sign as opened, 0 as ended, 0 as judged,
            0 as on_time, (case when reopened_at is not null then sign else 0 end) as reopened, 0 as late_in,
            0 as late_out
        from $source
        where true
        union all
        select
            ended_at::date, unit_id, category_id,
            0, sign, (case when due_at is not null then sign else 0 end),
            (case when ended_at <= due_at then sign else 0 end), 0, 0,
            (case when due_at is not null and ended_at > greatest(due_at, opened_at) then sign else 0 end)
        from $source
        where ended_at is not null
        union all
        select
            greatest(due_at, opened_at)::date, unit_id, category_id,
            0, 0, 0,
            0, 0, sign,
            0
        from $source
        where due_at is not null
          and (ended_at is null or ended_at > greatest(due_at, opened_at))
    ) as event
    group by day, unit_id, category_id
    $$, '$source', source)
$body$;

-- Of an updated dossier only what the update changed is taken off and added again: `opens`, `ends`.
create function dossier_rolled() returns trigger language plpgsql set enable_hashjoin = on as $$
declare
    session_zone text := current_setting('timezone');
    told text := 'unit_id, procedure_id, channel, status, accepted_at, accept_by, due_at, ended_at, rating_min';
    changed text := case tg_op
        when 'INSERT' then 'select 1 as sign, true as opens, true as ends, ' || told || ' from new_rows'
        when 'DELETE' then 'select -1 as sign, true as opens, true as ends, ' || told || ' from old_rows'
        else 'with pair as materialized (
                select
                    n.unit_id, n.procedure_id, n.channel, n.status, n.accepted_at, n.accept_by, n.due_at, n.ended_at, n.rating_min,
                    o.unit_id as was_unit_id, o.procedure_id as was_procedure_id, o.channel as was_channel, o.status as was_status,
                    o.accepted_at as was_accepted_at, o.accept_by as was_accept_by, o.due_at as was_due_at, o.ended_at as was_ended_at,
                    o.rating_min as was_rating_min,
                    (n.accepted_at, n.unit_id, n.procedure_id, n.channel, n.accept_by, n.ended_at::date = n.accepted_at::date, n.status in (3, 7, 8))
                    is distinct from
                    (o.accepted_at, o.unit_id, o.procedure_id, o.channel, o.accept_by, o.ended_at::date = o.accepted_at::date, o.status in (3, 7, 8)) as opens,
                    (n.ended_at, n.due_at, n.accepted_at, n.unit_id, n.procedure_id, n.rating_min, n.status in (3, 7, 8))
                    is distinct from
                    (o.ended_at, o.due_at, o.accepted_at, o.unit_id, o.procedure_id, o.rating_min, o.status in (3, 7, 8)) as ends
                from new_rows as n
                full join old_rows as o on o.code = n.code
            )
            select 1 as sign, opens, ends, ' || told || '
            from pair
            where opens or ends
            union all
            select
                -1, opens, ends, was_unit_id, was_procedure_id, was_channel, was_status, was_accepted_at, was_accept_by,
                was_due_at, was_ended_at, was_rating_min
            from pair
            where opens or ends'
    end;
begin
    perform set_config('timezone', city_zone(), true);
    execute 'with changed as materialized (
            ' || changed || '
        ), delta as materialized (
            ' || dossier_shares('changed', 'opens', 'ends') || '
        ), unit_delta as (
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
            select
                d.unit_id, p.field_id, sum(sign)::integer as open,
                sum(case when d.due_at is null then 0 else sign end)::integer as open_due
            from changed as d
            join procedure as p on p.id = d.procedure_id
            where d.ends
              and d.accepted_at is not null
              and d.ended_at is null
            group by d.unit_id, p.field_id
        ), hour_delta as (
            select hour_at, sum(received)::integer as received, sum(finished)::integer as finished
            from (
                select date_trunc(''hour'', accepted_at) as hour_at, sign as received, 0 as finished
                from changed
                where opens
                  and accepted_at is not null
                union all
                select date_trunc(''hour'', ended_at), 0, sign
                from changed
                where ends
                  and accepted_at is not null
                  and ended_at is not null
                  and coalesce(status, 9) not in (3, 7, 8)
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
        )
        insert into dossier_day (
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

create function ticket_rolled() returns trigger language plpgsql as $$
declare
    session_zone text := current_setting('timezone');
    changed text := case tg_op
        when 'INSERT' then 'select 1 as sign, unit_id, category_id, opened_at, due_at, ended_at, reopened_at from new_rows'
        when 'DELETE' then 'select -1 as sign, unit_id, category_id, opened_at, due_at, ended_at, reopened_at from old_rows'
        else 'select 1 as sign, unit_id, category_id, opened_at, due_at, ended_at, reopened_at from new_rows
            union all select -1 as sign, unit_id, category_id, opened_at, due_at, ended_at, reopened_at from old_rows'
    end;
begin
    perform set_config('timezone', city_zone(), true);
    execute 'with changed as materialized (
            ' || changed || '
        ), delta as (
            ' || ticket_shares('changed') || '
        ), stock_delta as (
            select unit_id, category_id, sum(sign)::integer as open
            from changed
            where ended_at is null
            group by unit_id, category_id
        ), hour_delta as (
            select hour_at, sum(tickets_opened)::integer as tickets_opened, sum(tickets_closed)::integer as tickets_closed
            from (
                select date_trunc(''hour'', opened_at) as hour_at, sign as tickets_opened, 0 as tickets_closed
                from changed
                union all
                select date_trunc(''hour'', ended_at), 0, sign
                from changed
                where ended_at is not null
            ) as event
            group by hour_at
        ), rolled_stock as (
            insert into ticket_stock as r (
                unit_id, category_id,
                open
            )
            select
                unit_id, category_id,
                open
            from stock_delta
            order by unit_id, category_id
            on conflict (unit_id, category_id) do update set
                open = r.open + excluded.open
        ), rolled_hour as (
            insert into activity_hour as r (
                hour_at,
                tickets_opened, tickets_closed
            )
            select
                hour_at,
                tickets_opened, tickets_closed
            from hour_delta
            order by hour_at
            on conflict (hour_at) do update set
                tickets_opened = r.tickets_opened + excluded.tickets_opened, tickets_closed = r.tickets_closed + excluded.tickets_closed
        )
        insert into ticket_day as r (
            day, unit_id, category_id,
            opened, ended, judged, on_time, reopened, late_in, late_out
        )
        select
            day, unit_id, category_id,
            opened, ended, judged, on_time, reopened, late_in, late_out
        from delta
        order by day, unit_id, category_id
        on conflict (day, unit_id, category_id) do update set
            opened = r.opened + excluded.opened, ended = r.ended + excluded.ended,
            judged = r.judged + excluded.judged, on_time = r.on_time + excluded.on_time,
            reopened = r.reopened + excluded.reopened, late_in = r.late_in + excluded.late_in,
            late_out = r.late_out + excluded.late_out';
    perform set_config('timezone', session_zone, true);
    return null;
end $$;

create trigger dossier_inserted after insert on dossier referencing new table as new_rows
for each statement execute function dossier_rolled();
create trigger dossier_updated after update on dossier referencing old table as old_rows new table as new_rows
for each statement execute function dossier_rolled();
create trigger dossier_deleted after delete on dossier referencing old table as old_rows
for each statement execute function dossier_rolled();

create trigger ticket_inserted after insert on ticket referencing new table as new_rows
for each statement execute function ticket_rolled();
create trigger ticket_updated after update on ticket referencing old table as old_rows new table as new_rows
for each statement execute function ticket_rolled();
create trigger ticket_deleted after delete on ticket referencing old table as old_rows
for each statement execute function ticket_rolled();
