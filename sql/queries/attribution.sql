-- Who made it late: who has the late files now, and what each holder and handover has of the lateness of those that ended.

-- name: late_now_by_holder
-- The pages of late dossiers and of holders: late files by unit, field and who has them; 0 = no step is known of.
select
    o.unit_id, p.field_id, coalesce(h.party_id, 0) as holder_id, o.is_sent, coalesce(r.party_id, 0) as to_id,
    count(*)::integer as late
from open_dossier as o
join procedure as p on p.id = o.procedure_id
left join holder as h on h.id = o.holder_id
left join holder as r on r.id = o.to_id
where o.due_at < :at
  and o.accepted_at <= :at
group by o.unit_id, p.field_id, coalesce(h.party_id, 0), o.is_sent, coalesce(r.party_id, 0);

-- name: holders
-- Every page that names holders: the parties, '@' and a level for the units' own.
select id, agency, department
from holder
where id = party_id;
