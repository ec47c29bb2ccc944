-- The big facts by month, and rollups by week.

select 1;
