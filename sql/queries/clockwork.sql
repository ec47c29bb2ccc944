-- Due times that a rule gives, when the rule has changed.

-- name: create_stage
-- recompute: what moved.
create temporary table moved_dossier (code text, due timestamptz, accept_by timestamptz) on commit drop;
create temporary table moved_ticket (code text, due timestamptz) on commit drop;

-- name: dossiers
-- recompute: every dossier with what its clocks depend on.
select code, procedure_id, submitted_at, accepted_at, due_given_at, due_rule_at, accept_by
from dossier;

-- name: tickets
-- recompute: every ticket with what its clock depends on.
select code, category_id, opened_at, due_given_at, due_rule_at
from ticket;

-- name: judge_dossier
-- recompute, before the move: open dossiers that change between late and in time; true = becomes late.
select d.code, coalesce(coalesce(d.due_given_at, m.due) < :now, false) as is_late
from moved_dossier as m
join dossier as d on d.code = m.code and d.month = dossier_month(m.code)
where d.ended_at is null
  and coalesce(coalesce(d.due_given_at, m.due) < :now, false) <> coalesce(d.due_at < :now, false)
order by d.code
limit :most;

-- name: judge_ticket
-- recompute, before the move: open tickets that change between late and in time; true = becomes late.
select t.code, coalesce(coalesce(t.due_given_at, m.due) < :now, false) as is_late
from moved_ticket as m
join ticket as t on t.code = m.code
where t.ended_at is null
  and coalesce(coalesce(t.due_given_at, m.due) < :now, false) <> coalesce(t.due_at < :now, false)
order by t.code
limit :most;

-- name: move_dossier
-- recompute.
update dossier as d
set due_rule_at = m.due,
    accept_by = m.accept_by
from moved_dossier as m
where d.code = m.code
  and d.month = dossier_month(m.code);

-- name: move_ticket
-- recompute.
update ticket as t
set due_rule_at = m.due
from moved_ticket as m
where t.code = m.code;

-- name: note
-- recompute: whose status changed, for the record.
insert into audit_event (at, actor, action, subject, detail)
values (:at, 'clockwork', 'recompute', 'due times', :detail);
