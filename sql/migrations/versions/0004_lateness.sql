-- Steps, holders, attributed lateness, letters.

select 1;
