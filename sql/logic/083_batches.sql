-- Batches (K1, K2, K4): which runs are worked as one, and which of their steps are siblings.

create or replace function traveler_private.guard_batch() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform traveler_private.require('run.batch');
    if tg_op = 'INSERT' then
        new.created_by := traveler_private.actor();
        perform traveler_private.demand(new.dissolved_at is null, 409, 'batch_starts_whole', 'K1', 'A batch is made before it is dissolved.');
    else
        perform traveler_private.demand(old.dissolved_at is null, 409, 'batch_dissolved', 'K4', format('Batch %s is dissolved.', old.number), 'Make a new one.');
        perform traveler_private.demand((old.number, old.created_by) = (new.number, new.created_by), 409, 'identity_fixed', 'Y1', 'What identifies a batch never changes.');
        if new.dissolved_at is not null then
            new.dissolved_at := clock_timestamp();
            new.dissolved_by := traveler_private.actor();
        end if;
    end if;
    return new;
end
$$;
comment on function traveler_private.guard_batch is 'Trigger: who makes and dissolves a batch (K1, K4).';
create or replace trigger _100_guard_batch before insert or update of number, title, created_by, dissolved_by, dissolved_at on traveler.batch
    for each row execute function traveler_private.guard_batch();

create or replace function traveler_private.guard_batch_run() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_batch traveler.batch;
    v_run traveler.run;
begin
    perform from traveler.batch b where b.org_id = new.org_id and b.id = new.batch_id for no key update;
    select * into v_batch from traveler.batch b where b.org_id = new.org_id and b.id = new.batch_id;
    perform from traveler.run r where r.org_id = new.org_id and r.id = new.run_id for no key update;
    select * into v_run from traveler.run r where r.org_id = new.org_id and r.id = new.run_id;
    -- What leaves by an act on it alone, or by its reopening, leaves under that act's permission.
    if pg_trigger_depth() = 1 and tg_op = 'INSERT' then
        perform traveler_private.require('run.batch');
    end if;
    if tg_op = 'INSERT' then
        perform traveler_private.demand(v_batch.dissolved_at is null, 409, 'batch_dissolved', 'K4', format('Batch %s is dissolved.', v_batch.number), 'Make a new one.');
        perform traveler_private.demand(v_run.completed_at is null and v_run.status <> 'canceled', 409, 'run_ended', 'K4',
            format('Run %s is %s: it takes no part in a batch.', v_run.number, replace(v_run.status, '_', ' ')), 'Name live runs.');
        perform traveler_private.demand(new.left_at is null, 409, 'joins_before_it_leaves', 'K4', 'A run joins a batch before it leaves it.');
        new.joined_by := traveler_private.actor();
    else
        perform traveler_private.demand((old.batch_id, old.run_id, old.joined_by, old.created_at) = (new.batch_id, new.run_id, new.joined_by, new.created_at)
            and old.left_at is null and new.left_at is not null, 409, 'batch_run_fixed', 'K4', 'A run leaves a batch once; it may join again.');
        -- K4: what a redline changes in its siblings is not settled yet.
        perform traveler_private.demand(v_run.steps_redline = 0, 409, 'step_in_redline', 'K4',
            format('Run %s has a step in redline, and can''t leave its batch.', v_run.number), 'Release or cancel the redline first.');
        new.left_at := clock_timestamp();
        new.left_by := traveler_private.actor();
    end if;
    return new;
end
$$;
comment on function traveler_private.guard_batch_run is 'Trigger: which runs join a batch, and when one leaves (K1, K4).';
create or replace trigger _100_guard_batch_run before insert or update on traveler.batch_run
    for each row execute function traveler_private.guard_batch_run();

-- K2: what makes steps siblings: the same origin, the same nesting, and no redline that made them differ. What a supplier does goes run
-- by run. Of a standard step they have one version, which they pull together when they start first (P2).
create or replace function traveler_private.step_identities(p_runs uuid[]) returns table (run_step_id uuid, run_id uuid, identity text)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    v_org uuid := traveler_private.org();
begin
    return query
    with recursive path as (
        select s.id, s.run_id, s.origin_step_id::text || coalesce('@' || s.standard_version_id, '') as way, s.state, s.withdrawn_at,
            s.outside_process or s.standard_version_id is not null and s.attempt > 1 as alone
        from traveler.run_step s where s.org_id = v_org and s.run_id = any (p_runs) and s.parent_id is null and s.origin_step_id is not null
        union all
        select s.id, s.run_id, p.way || '/' || s.origin_step_id || coalesce('@' || s.standard_version_id, ''), s.state, s.withdrawn_at,
            s.outside_process or s.standard_version_id is not null and s.attempt > 1
        from path p join traveler.run_step s on s.org_id = v_org and s.run_id = any (p_runs) and s.parent_id = p.id and s.origin_step_id is not null
    )
    select p.id, p.run_id, p.way || coalesce('#' || case when exists (
            select from traveler.redline d where d.org_id = v_org and d.run_step_id = p.id and d.state = 'released')
        then md5(traveler_private.sibling_definition(p.id)::text) end, '')
    from path p where p.state = 'todo' and p.withdrawn_at is null and not p.alone;
end
$$;
comment on function traveler_private.step_identities is 'What the steps in todo of some runs are copies of, in which nesting, and as which redlines left them (K2).';

-- A step's definition without what is its own: ids, and the steps of its own run.
create or replace function traveler_private.sibling_definition(p_step uuid) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_definition jsonb := traveler_private.run_step_definition(p_step);
begin
    return (v_definition - array['parent_id', 'position', 'upstream', 'fields', 'requirements'])
        || jsonb_build_object('fields', (select coalesce(jsonb_agg(f - array['id', 'compare_field_id'] order by (f ->> 'position')::integer), '[]')
            from jsonb_array_elements(v_definition -> 'fields') f),
            'requirements', (select coalesce(jsonb_agg(r - 'id' order by r - 'id'), '[]') from jsonb_array_elements(v_definition -> 'requirements') r));
end
$$;
comment on function traveler_private.sibling_definition is 'What a step asks for, comparable with its siblings (K2).';

-- K2, K4: those that join find their siblings among the steps in todo; what is under way or done stays on its own.
create or replace function traveler_private.match_siblings() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_batch uuid;
begin
    for v_batch in select distinct n.batch_id from new_rows n order by 1 loop
        with alike as (
            select i.identity, coalesce((array_agg(s.sibling_id) filter (where s.sibling_id is not null))[1], traveler.new_id()) as sibling_id
            from traveler_private.step_identities(array(select b.run_id from traveler.batch_run b where b.org_id = v_org and b.batch_id = v_batch and b.left_at is null)) i
            join traveler.run_step s on s.org_id = v_org and s.id = i.run_step_id
            group by i.identity having count(*) > 1 and count(distinct s.sibling_id) <= 1 and count(distinct i.run_id) = count(*)
        )
        update traveler.run_step s set sibling_id = a.sibling_id
        from alike a
        join traveler_private.step_identities(array(select b.run_id from traveler.batch_run b where b.org_id = v_org and b.batch_id = v_batch and b.left_at is null)) i
            on i.identity = a.identity
        where s.org_id = v_org and s.id = i.run_step_id and s.sibling_id is distinct from a.sibling_id;
    end loop;
    return null;
end
$$;
comment on function traveler_private.match_siblings is 'Trigger: runs that join a batch find the siblings of their steps (K2, K4).';
create or replace trigger _500_match_siblings after insert on traveler.batch_run referencing new table as new_rows
    for each statement execute function traveler_private.match_siblings();

-- K4: a leaver keeps what it has. A session over it and others ends; the others' goes on without it (K6).
create or replace function traveler_private.part_siblings() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_runs uuid[] := array(select n.run_id from new_rows n where n.left_at is not null);
    v_divided uuid[];
begin
    update traveler.run_step s set sibling_id = null where s.org_id = v_org and s.run_id = any (v_runs) and s.sibling_id is not null;
    v_divided := array(select distinct l.divided_id from traveler.labor_session l
        where l.org_id = v_org and l.run_id = any (v_runs) and l.ended_at is null and l.divided_id is not null);
    if v_divided <> '{}' then
        with ended as (
            update traveler.labor_session l set ended_at = clock_timestamp()
            where l.org_id = v_org and l.divided_id = any (v_divided) and l.ended_at is null
            returning l.divided_id, l.run_id, l.run_step_id, l.user_id, l.ended_at
        ), going as (
            select e.*, count(*) over w as parts, row_number() over (w order by e.run_step_id rows between unbounded preceding and current row) as place
            from ended e where e.run_id <> all (v_runs) window w as (partition by e.divided_id)
        ), anew as (
            select g.divided_id, traveler.new_id() as id from (select distinct divided_id from going) g
        )
        insert into traveler.labor_session (org_id, run_id, run_step_id, user_id, started_at, divided_id, divided_by, divided_place)
        select v_org, g.run_id, g.run_step_id, g.user_id, g.ended_at, a.id, g.parts, g.place
        from going g join anew a on a.divided_id = g.divided_id;
    end if;
    return null;
end
$$;
comment on function traveler_private.part_siblings is 'Trigger: a run that leaves its batch has siblings no more (K4, K6).';
create or replace trigger _500_part_siblings after update on traveler.batch_run referencing new table as new_rows
    for each statement execute function traveler_private.part_siblings();
create or replace trigger _120_refuse_derived before update of sibling_id on traveler.run_step
    for each row when (pg_trigger_depth() = 0) execute function traveler_private.refuse_derived('run_step', 'K2', 'Which steps are siblings');
create or replace trigger _120_refuse_derived_insert before insert on traveler.run_step
    for each row when (new.sibling_id is not null and new.state <> 'redline') execute function traveler_private.refuse_derived('run_step', 'K2', 'Which steps are siblings');

-- A step that a redline adds to each run of a batch has its siblings from the start: those that are added with it, and no others.
create or replace function traveler_private.guard_new_siblings() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_siblings uuid[] := array(select distinct n.sibling_id from new_rows n where n.sibling_id is not null);
    v_title text;
begin
    if v_siblings = '{}' then
        return null;
    end if;
    select min(s.title) into v_title
    from traveler.run_step s
    left join traveler.batch_run b on b.org_id = s.org_id and b.run_id = s.run_id and b.left_at is null
    where s.org_id = v_org and s.sibling_id = any (v_siblings)
    group by s.sibling_id
    having bool_or(s.created_at < now()) or count(distinct s.run_id) < count(*) or count(b.batch_id) < count(*) or count(distinct b.batch_id) > 1
    limit 1;
    perform traveler_private.demand(not found, 409, 'not_a_sibling', 'K2', format('"%s" can''t be a sibling of steps that it is not added with, one to each run of the batch.', v_title),
        'Add the step to all runs of the batch at once.');
    return null;
end
$$;
comment on function traveler_private.guard_new_siblings is 'Trigger: new steps are siblings only of those that are added with them, one to each run of their batch (K2).';
create or replace trigger _130_guard_new_siblings after insert on traveler.run_step referencing new table as new_rows
    for each statement execute function traveler_private.guard_new_siblings();

create or replace function traveler_private.dissolve_batch() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    update traveler.batch_run b set left_at = now(), left_by = '', left_reason = 'The batch was dissolved.'
    where b.org_id = new.org_id and b.batch_id = new.id and b.left_at is null;
    return null;
end
$$;
comment on function traveler_private.dissolve_batch is 'Trigger: with a dissolved batch all its runs leave (K4).';
create or replace trigger _500_dissolve after update on traveler.batch
    for each row when (old.dissolved_at is null and new.dissolved_at is not null) execute function traveler_private.dissolve_batch();

-- K4: reopening takes the run out; what the batch did meanwhile it did without it.
create or replace function traveler_private.leave_by_reopening() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    update traveler.batch_run b set left_at = now(), left_by = '', left_reason = 'The run was reopened.'
    where b.org_id = new.org_id and b.run_id = new.run_id and b.left_at is null;
    return null;
end
$$;
comment on function traveler_private.leave_by_reopening is 'Trigger: a reopened run leaves its batch (K4).';
create or replace trigger _510_leave_batch after insert on traveler.run_reopening
    for each row execute function traveler_private.leave_by_reopening();
