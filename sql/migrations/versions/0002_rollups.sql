-- Rollups follow the facts by statement triggers: whoever changes a fact changes its rollups in the same transaction.
-- *_shares() is the one place that says what a fact counts for; the triggers, rebuild and verify run its text.
-- Its days are those of the session's time zone, which the caller sets to the city's (a cast costs a quarter of AT TIME ZONE).

create function city_zone() returns text language sql stable as $$
    select coalesce((select timezone from city), 'UTC')
$$;

create function city_content_from() returns integer language sql stable as $$
    select coalesce((select (rules -> 'satisfaction' ->> 'content_from')::integer from city), 2)
$$;

-- A dossier counts on the day it was accepted, the day it ended and the day it became late (that may be to come).
-- `source` is a query or table of: sign, unit_id, procedure_id, channel, status, accepted_at, accept_by, due_at, ended_at, rating_min.
create function dossier_shares(source text) returns text language sql stable as $body$
    select replace(replace($$
    select
        day, unit_id, field_id,
        sum(received)::integer as received, sum(channel_known)::integer as channel_known, sum(online)::integer as online,
        sum(accept_judged)::integer as accept_judged, sum(accepted_late)::integer as accepted_late, sum(same_day)::integer as same_day,
        sum(ended)::integer as ended, sum(finished)::integer as finished, sum(judged)::integer as judged,
        sum(on_time)::integer as on_time, sum(early)::integer as early, sum(rated)::integer as rated,
        sum(content)::integer as content, sum(late_in)::integer as late_in, sum(late_out)::integer as late_out
    from (
        select
            accepted_at::date as day, unit_id, procedure_id,
            sign as received, (case when channel is not null then sign else 0 end) as channel_known, (case when channel in (1, 2) then sign else 0 end) as online,
            (case when accept_by is not null then sign else 0 end) as accept_judged, (case when accepted_at > accept_by then sign else 0 end) as accepted_late, (case when ended_at::date = accepted_at::date and coalesce(status, 9) not in (3, 7, 8) then sign else 0 end) as same_day,
            0 as ended, 0 as finished, 0 as judged,
            0 as on_time, 0 as early, 0 as rated,
            0 as content, 0 as late_in, 0 as late_out
        from $source
        where accepted_at is not null
        union all
        select
            ended_at::date, unit_id, procedure_id,
            0, 0, 0,
            0, 0, 0,
            sign, (case when coalesce(status, 9) not in (3, 7, 8) then sign else 0 end), (case when due_at is not null and coalesce(status, 9) not in (3, 7, 8) then sign else 0 end),
            (case when ended_at <= due_at and coalesce(status, 9) not in (3, 7, 8) then sign else 0 end), (case when ended_at::date < due_at::date and coalesce(status, 9) not in (3, 7, 8) then sign else 0 end), (case when rating_min is not null and coalesce(status, 9) not in (3, 7, 8) then sign else 0 end),
            (case when rating_min >= content_from and coalesce(status, 9) not in (3, 7, 8) then sign else 0 end), 0, (case when due_at is not null and ended_at > greatest(due_at, accepted_at) then sign else 0 end)
        from $source
        where accepted_at is not null
          and ended_at is not null
        union all
        select
            greatest(due_at, accepted_at)::date, unit_id, procedure_id,
            0, 0, 0,
            0, 0, 0,
            0, 0, 0,
            0, 0, 0,
            0, sign, 0
        from $source
        where accepted_at is not null
          and due_at is not null
          and (ended_at is null or ended_at > greatest(due_at, accepted_at))
    ) as event
    join procedure as p on p.id = event.procedure_id
    group by day, unit_id, field_id
    $$, '$source', source), 'content_from', city_content_from()::text)
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

create function dossier_rolled() returns trigger language plpgsql as $$
declare
    session_zone text := current_setting('timezone');
    changed text := case tg_op
        when 'INSERT' then 'select 1 as sign, unit_id, procedure_id, channel, status, accepted_at, accept_by, due_at, ended_at, rating_min from new_rows'
        when 'DELETE' then 'select -1 as sign, unit_id, procedure_id, channel, status, accepted_at, accept_by, due_at, ended_at, rating_min from old_rows'
        else 'select 1 as sign, unit_id, procedure_id, channel, status, accepted_at, accept_by, due_at, ended_at, rating_min from new_rows
            union all select -1 as sign, unit_id, procedure_id, channel, status, accepted_at, accept_by, due_at, ended_at, rating_min from old_rows'
    end;
begin
    perform set_config('timezone', city_zone(), true);
    execute 'with changed as materialized (
            ' || changed || '
        ), delta as materialized (
            ' || dossier_shares('changed') || '
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
            where d.accepted_at is not null
              and d.ended_at is null
            group by d.unit_id, p.field_id
        ), hour_delta as (
            select hour_at, sum(received)::integer as received, sum(finished)::integer as finished
            from (
                select date_trunc(''hour'', accepted_at) as hour_at, sign as received, 0 as finished
                from changed
                where accepted_at is not null
                union all
                select date_trunc(''hour'', ended_at), 0, sign
                from changed
                where accepted_at is not null
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
