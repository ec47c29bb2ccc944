-- Who may see every case file is asked once a query: a case list reads a hundred thousand rows.

create or replace view case_file with (security_barrier) as
select *
from dossier
where (select current_setting('app.units', true) = '*')
   or unit_id = any ((select case_units())::integer[]);

create or replace view case_ticket with (security_barrier) as
select *
from ticket
where (select current_setting('app.units', true) = '*')
   or unit_id = any ((select case_units())::integer[]);
