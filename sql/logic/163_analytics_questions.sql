-- What people ask first, answered (E1): each is a view over the views of the contract, and as much a part of it.

create or replace view analytics.run_cycle_times with (security_invoker = true) as
    select r.id as run_id, r.number, r.procedure_family_id, r.procedure_title, r.procedure_version, r.part_id, r.part_number, r.quantity,
        r.created_at, r.started_at, r.completed_at,
        floor(extract(epoch from r.completed_at - r.started_at))::bigint as cycle_seconds,
        floor(extract(epoch from r.completed_at - r.created_at))::bigint as lead_seconds,
        (select coalesce(sum(l.seconds), 0)::bigint from analytics.run_step_sessions l where l.run_id = r.id) as labor_seconds
    from analytics.runs r
    where r.completed_at is not null;
select traveler_private.describe('analytics.run_cycle_times', 'How long each completed run took.',
    'run_id', 'The run.',
    'number', 'Its number.',
    'procedure_family_id', 'The family of its procedure.',
    'procedure_title', 'The title of its procedure.',
    'procedure_version', 'The version of its procedure.',
    'part_id', 'What it built.',
    'part_number', 'The number of that part.',
    'quantity', 'How many units.',
    'created_at', 'When it was made.',
    'started_at', 'When its first step started.',
    'completed_at', 'When its completion was recorded.',
    'cycle_seconds', 'From its start to its completion.',
    'lead_seconds', 'From its creation to its completion.',
    'labor_seconds', 'How long people worked on it, all in all; what is worked at once counts for each.');

create or replace view analytics.first_pass_yield with (security_invoker = true) as
    select r.procedure_id, r.procedure_title, r.procedure_version, s.origin_step_id, min(s.title) as step_title,
        count(*) as steps, count(*) filter (where s.attempt = 1 and s.state = 'completed') as first_pass,
        count(*) filter (where s.attempt = 1 and s.state = 'completed')::float8 / count(*) as yield
    from analytics.run_steps s
    join analytics.runs r on r.id = s.run_id
    where s.withdrawn_at is null and (s.state in ('completed', 'failed') or s.attempt > 1)
    group by r.procedure_id, r.procedure_title, r.procedure_version, s.origin_step_id;
select traveler_private.describe('analytics.first_pass_yield', 'How many steps were right the first time, by step of a procedure (S14).',
    'procedure_id', 'The version of the procedure; null for runs without one.',
    'procedure_title', 'Its title.',
    'procedure_version', 'Its number.',
    'origin_step_id', 'The step of the procedure; null for all steps that redlines added.',
    'step_title', 'The title of the step.',
    'steps', 'How many were completed or failed, or were begun anew.',
    'first_pass', 'How many of them were completed in their first attempt.',
    'yield', 'The second by the first, 0 to 1.');

create or replace view analytics.labor_by_step with (security_invoker = true) as
    select r.procedure_id, r.procedure_title, r.procedure_version, s.origin_step_id, min(s.title) as step_title, min(s.location) as location,
        count(distinct s.run_id) as runs, count(distinct coalesce(l.divided_id, l.id)) as sessions, count(distinct l.user_id) as people, sum(l.seconds)::bigint as seconds,
        sum(l.seconds)::float8 / count(distinct s.run_id) as seconds_per_run, sum(l.cost) as cost
    from analytics.run_step_sessions l
    join analytics.run_steps s on s.id = l.run_step_id
    join analytics.runs r on r.id = l.run_id
    where l.ended_at is not null
    group by r.procedure_id, r.procedure_title, r.procedure_version, s.origin_step_id;
select traveler_private.describe('analytics.labor_by_step', 'How long people work on which step of a procedure, and what it costs (L4).',
    'procedure_id', 'The version of the procedure; null for runs without one.',
    'procedure_title', 'Its title.',
    'procedure_version', 'Its number.',
    'origin_step_id', 'The step of the procedure; null for all steps that redlines added.',
    'step_title', 'The title of the step.',
    'location', 'A work center where it is done.',
    'runs', 'In how many runs it was worked on.',
    'sessions', 'In how many sessions that ended; one that was divided over a batch is one (K6).',
    'people', 'By how many people.',
    'seconds', 'For how long in all.',
    'seconds_per_run', 'For how long in one run, on average.',
    'cost', 'What that cost, as far as rates are known.');

create or replace view analytics.wip_ageing with (security_invoker = true) as
    select r.id as run_id, r.number, r.title, r.status, r.part_number, r.procedure_title, r.quantity, r.created_at, r.started_at, r.due_at,
        s.last_move_at,
        floor(extract(epoch from now() - r.created_at) / 86400)::integer as age_days,
        floor(extract(epoch from now() - coalesce(s.last_move_at, r.created_at)) / 86400)::integer as idle_days,
        case when now() - r.created_at < interval '7 days' then '0 to 6 days'
            when now() - r.created_at < interval '30 days' then '7 to 29 days'
            when now() - r.created_at < interval '90 days' then '30 to 89 days'
            else '90 days and more' end as age_class,
        coalesce(r.due_at < now(), false) as overdue
    from analytics.runs r
    left join lateral (select max(x.state_changed_at) as last_move_at from analytics.run_steps x where x.run_id = r.id) s on true
    where r.completed_at is null and r.status <> 'canceled';
select traveler_private.describe('analytics.wip_ageing', 'Work in progress: runs that are not done, and for how long they have been there and have stood still.',
    'run_id', 'The run.',
    'number', 'Its number.',
    'title', 'Its title.',
    'status', 'Its status.',
    'part_number', 'What it builds.',
    'procedure_title', 'By which procedure.',
    'quantity', 'How many units.',
    'created_at', 'When it was made.',
    'started_at', 'When its first step started.',
    'due_at', 'When it has to be done.',
    'last_move_at', 'When a step of it last moved.',
    'age_days', 'For how many whole days it has been there.',
    'idle_days', 'For how many whole days no step of it has moved.',
    'age_class', 'The same in classes, to group by.',
    'overdue', 'Whether it should be done by now.');

create or replace view analytics.on_time with (security_invoker = true) as
    select date_trunc('month', r.due_at) as month, count(*) as due,
        count(*) filter (where r.completed_at <= r.due_at) as on_time,
        count(*) filter (where r.completed_at > r.due_at) as late,
        count(*) filter (where r.completed_at is null and r.due_at < now()) as overdue,
        count(*) filter (where r.completed_at <= r.due_at)::float8
            / nullif(count(*) filter (where r.completed_at is not null or r.due_at < now()), 0) as on_time_share
    from analytics.runs r
    where r.due_at is not null and r.status <> 'canceled'
    group by 1;
select traveler_private.describe('analytics.on_time', 'How many runs were done when they were due, by the month in which they were due.',
    'month', 'The beginning of the month, in UTC unless the session says otherwise.',
    'due', 'How many runs were, or are, due in it.',
    'on_time', 'How many were completed by then.',
    'late', 'How many were completed later.',
    'overdue', 'How many should be done by now and are not.',
    'on_time_share', 'Those on time, of all but those that still have time: 0 to 1; null where all have.');

create or replace view analytics.scrap with (security_invoker = true) as
    select p.id as part_id, p.part_number, p.revision as part_revision, p.unit, date_trunc('month', m.created_at) as month,
        coalesce(sum(m.quantity) filter (where m.kind = 'scrap'), 0) as scrapped,
        coalesce(sum(m.quantity) filter (where m.kind = 'unscrap'), 0) as unscrapped,
        coalesce(sum(m.quantity) filter (where m.kind = 'build'), 0) as built,
        coalesce(sum(m.quantity) filter (where m.kind = 'receive'), 0) as received
    from analytics.part_inventory_history m
    join analytics.parts p on p.id = m.part_id
    group by p.id, p.part_number, p.revision, p.unit, date_trunc('month', m.created_at)
    having bool_or(m.kind in ('scrap', 'unscrap', 'build', 'receive'));
select traveler_private.describe('analytics.scrap', 'What was scrapped, by part and month (I4), beside what came in: a month in which anything came in or was scrapped.',
    'part_id', 'The part.',
    'part_number', 'Its number.',
    'part_revision', 'Its revision.',
    'unit', 'The unit of the quantities.',
    'month', 'The beginning of the month, in UTC unless the session says otherwise.',
    'scrapped', 'How much was scrapped in it.',
    'unscrapped', 'How much was taken back from scrap in it.',
    'built', 'How much runs began to build in it.',
    'received', 'How much was received in it.');

-- A failed step does not stay failed, so its failures are told from the history.
create or replace view analytics.step_failures with (security_invoker = true) as
    select h.at, h.root_id as run_id, h.row_id as run_step_id, h.after ->> 'title' as step_title, (h.after ->> 'origin_step_id')::uuid as origin_step_id,
        (h.after ->> 'attempt')::integer as attempt, h.after ->> 'state_reason' as reason, h.actor
    from analytics.transaction_history h
    where h.root_table = 'run' and h.table_name = 'run_step' and h.operation = 'update'
        and h.after ->> 'state' = 'failed' and h.before ->> 'state' <> 'failed';
select traveler_private.describe('analytics.step_failures', 'Every time that a step failed (S6), from the history: name a time.',
    'at', 'When it failed.',
    'run_id', 'The run.',
    'run_step_id', 'The step.',
    'step_title', 'The title of the step, as it was.',
    'origin_step_id', 'The step of the procedure; null where a redline added it.',
    'attempt', 'In which attempt (S14).',
    'reason', 'The reason that was given.',
    'actor', 'The actor who failed it.');

create or replace view analytics.failure_pareto with (security_invoker = true) as
    select f.step_title, f.reason, count(*) as failures, count(distinct f.run_id) as runs, max(f.at) as last_at,
        count(*)::float8 / sum(count(*)) over () as share,
        (sum(count(*)) over (order by count(*) desc, f.step_title, f.reason))::float8 / (sum(count(*)) over ())::float8 as cumulative_share
    from analytics.step_failures f
    group by f.step_title, f.reason;
select traveler_private.describe('analytics.failure_pareto', 'Which failures make up most of them: by step and reason, of all time.',
    'step_title', 'The step.',
    'reason', 'The reason that was given.',
    'failures', 'How many there were.',
    'runs', 'In how many runs.',
    'last_at', 'When the last one was.',
    'share', 'Their share of all failures, 0 to 1.',
    'cumulative_share', 'The share of these and of all that are more frequent.');
