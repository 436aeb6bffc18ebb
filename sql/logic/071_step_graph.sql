-- What holds of the steps of a procedure and of a run alike: how they nest (P3), and that their order never leads back (P6).

-- P3: a nested step is one level below its parent, for procedures and runs alike; the parent never changes.
create or replace function traveler_private.guard_step_depth() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_depth integer;
begin
    if tg_op = 'UPDATE' then
        perform traveler_private.refuse(409, 'step_parent_fixed', 'P3', 'A step stays where it is nested.', 'Add a step in the other place.');
    end if;
    if new.parent_id is not null then
        execute format('select depth from traveler.%I where org_id = $1 and id = $2', tg_table_name) into v_depth using new.org_id, new.parent_id;
    end if;
    perform traveler_private.demand(new.depth = coalesce(v_depth, 0) + 1, 422, 'step_depth', 'P3',
        'A nested step is one level below its parent, and five levels is the most.');
    return new;
end
$$;
comment on function traveler_private.guard_step_depth is 'Trigger: the depth of a step is its parent''s plus one (P3).';
create or replace trigger _100_guard_step_depth before insert on traveler.procedure_step
    for each row execute function traveler_private.guard_step_depth();
create or replace trigger _110_guard_step_parent before update of parent_id, depth on traveler.procedure_step
    for each row when ((old.parent_id, old.depth) is distinct from (new.parent_id, new.depth))
    execute function traveler_private.guard_step_depth();

-- P6. Every step has a start and an end. A step's start comes before its end; a nested step starts after its parent's start
-- ("starts inside") and ends before its parent's end ("ends inside"); an edge puts the downstream start after the upstream
-- end ("after"). The combined graph is acyclic exactly when no new edge's downstream start leads to its upstream end. That
-- covers edges between a step and its own ancestor or descendant: they lead back by "starts inside" and "ends inside".
create or replace function traveler_private.refuse_ring(p_of text, p_owners uuid[], p_upstream uuid[], p_downstream uuid[]) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_upstream text;
    v_downstream text;
begin
    execute format($q$
        with recursive
        edge (upstream_id, downstream_id) as materialized (select * from unnest($3, $4)),
        node as materialized (
            select s.id, s.parent_id from traveler.%1$I s where s.org_id = $1 and s.%2$I = any ($2)
        ), arc as materialized (
            select s.id as from_id, false as from_end, s.id as to_id, true as to_end from node s
            union all
            select s.parent_id, false, s.id, false from node s where s.parent_id is not null
            union all
            select s.id, true, s.parent_id, true from node s where s.parent_id is not null
            union all
            select e.upstream_id, true, e.downstream_id, false from traveler.%3$I e
            where e.org_id = $1 and e.%2$I = any ($2) %4$s
        ), reach (origin, id, at_end) as (
            select distinct n.downstream_id, n.downstream_id, false from edge n
            union
            select r.origin, a.to_id, a.to_end from reach r join arc a on a.from_id = r.id and a.from_end = r.at_end
        )
        select u.title, d.title from edge n
        join reach r on r.origin = n.downstream_id and r.id = n.upstream_id and r.at_end
        join traveler.%1$I u on u.org_id = $1 and u.id = n.upstream_id
        join traveler.%1$I d on d.org_id = $1 and d.id = n.downstream_id
        order by u.position limit 1
    $q$, p_of || '_step', p_of || '_id', p_of || '_step_edge', case p_of when 'run' then 'and e.withdrawn_at is null' end)
    into v_upstream, v_downstream using traveler_private.org(), p_owners, p_upstream, p_downstream;
    if v_upstream is not null then
        perform traveler_private.refuse(409, 'dependency_cycle', 'P6',
            format('"%s" would wait for "%s", which waits for it, lies inside it or contains it.', v_downstream, v_upstream),
            'Remove one dependency of the ring.');
    end if;
end
$$;
comment on function traveler_private.refuse_ring is 'Refuses new dependencies that close a ring, of procedures or of runs (P6).';

create or replace function traveler_private.guard_procedure_graph() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform traveler_private.refuse_ring('procedure', array_agg(distinct n.procedure_id), array_agg(n.upstream_id), array_agg(n.downstream_id))
    from new_rows n having count(*) > 0;
    return null;
end
$$;
comment on function traveler_private.guard_procedure_graph is 'Trigger: the combined graph of a procedure stays acyclic (P6).';
create or replace trigger _110_guard_graph_insert after insert on traveler.procedure_step_edge referencing new table as new_rows
    for each statement execute function traveler_private.guard_procedure_graph();
create or replace trigger _110_guard_graph_update after update on traveler.procedure_step_edge referencing new table as new_rows
    for each statement execute function traveler_private.guard_procedure_graph();
