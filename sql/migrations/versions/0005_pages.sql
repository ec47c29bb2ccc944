-- Rollups of the hotline and of satisfaction.

select 1;
