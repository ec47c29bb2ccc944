-- Dossiers that change in bulk: what has to be explained is looked up row by row, however many are explained already,
-- and instants are brought to their hours and days only where that can matter. What is written stays the same.

do $$
declare
    changes text[] := array[
        -- A day that clocks are set back in has 25 hours.
        'dossier_rolled', 'interval ''''24 hours''''', 'interval ''''26 hours''''',
        -- Quarters of an hour are cheap; hours begin with one in every time zone.
        'dossier_rolled', $was$            select hour_at, sum(received)::integer as received, sum(finished)::integer as finished
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
$was$, $is$            select date_trunc(''hour'', quarter_at) as hour_at, sum(received)::integer as received, sum(finished)::integer as finished
            from (
                select date_bin(''15 minutes'', accepted_at, timestamptz ''2000-01-01 00:00Z'') as quarter_at, sum(sign) as received, 0 as finished
                from told
                where opens
                group by quarter_at
                union all
                select date_bin(''15 minutes'', ended_at, timestamptz ''2000-01-01 00:00Z'') as quarter_at, 0, sum(is_result)
                from told
                where ends
                  and is_result <> 0
                  and ended_at is not null
                group by quarter_at
            ) as event
            group by hour_at
$is$,
        -- Whoever is late was not early, whoever has more than a day left was.
        'dossier_shares', 'case when ended_on < due_at::date then is_result else 0 end',
        'case when ended_at < due_at - interval ''26 hours'' then is_result
            when ended_at < due_at and ended_on < due_at::date then is_result else 0 end',
        'dossiers_changed', 'or exists (select 1 from traced_dossier as t where t.dossier_code = n.code))',
        'or (select true from traced_dossier as t where t.dossier_code = n.code limit 1))',
        'dossiers_changed', 'insert into traced_dossier (dossier_code)', 'insert into traced_dossier as stored (dossier_code)',
        'dossiers_changed', 'do update set is_owed = true;', 'do update set is_owed = true where not stored.is_owed;'
    ];
    before text;
    after text;
begin
    for nth in 1 .. array_length(changes, 1) by 3 loop
        before := pg_get_functiondef(changes[nth]::regproc);
        after := replace(before, changes[nth + 1], changes[nth + 2]);
        if after = before then
            raise exception '% is not what this migration knows: %', changes[nth], changes[nth + 1];
        end if;
        execute after;
    end loop;
end $$;

-- The open files of some units, late ones first: case lists of a district.
create index open_dossier_unit on open_dossier (unit_id, due_at) include (dossier_code, procedure_id, accepted_at);

-- What each stop, or handover, has of the lateness of each dossier that has been explained; `is_most` = most of it.
create view lateness_cell as
select
    t.unit_id, t.day, t.field_id, coalesce(h.party_id, 0) as holder_id, coalesce(s.is_sent, false) as is_sent,
    coalesce(r.party_id, 0) as to_id, t.dossier_code, coalesce(s.late_s, t.late_s) as late_s,
    coalesce(s.is_alone, false) as is_alone,
    s.dossier_code is null or s.place = first_value(s.place) over (
        partition by t.dossier_code order by s.late_s desc, s.place desc
    ) as is_most
from traced_dossier as t
left join lateness_share as s on s.dossier_code = t.dossier_code
left join holder as h on h.id = s.holder_id
left join holder as r on r.id = s.to_id
where t.day is not null
  and t.is_late;
