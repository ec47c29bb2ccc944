-- A name that was looked up before the wait is remembered as missing after it, so whoever waits asks the catalog itself:
-- a query sees what was committed meanwhile.

create or replace function make_dossier_month(month date) returns void language plpgsql as $$
declare
    name text := to_char(month, '"dossier_y"YYYY"m"MM');
begin
    if to_regclass('public.' || name) is not null or month < '2010-01-01' then
        return;
    end if;
    perform pg_advisory_xact_lock(7661011);
    if exists (select 1 from pg_class where relname = name and relnamespace = 'public'::regnamespace) then
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
