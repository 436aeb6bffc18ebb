-- Acts on batches, and what the API answers of one (K1-K5).

create or replace function traveler.batch_json(p_batch uuid) returns jsonb
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
begin
    return (
        select jsonb_build_object('id', b.id, 'number', b.number, 'title', b.title, 'created_by', b.created_by, 'created_at', traveler.json_time(b.created_at),
            'dissolved_by', b.dissolved_by, 'dissolved_at', traveler.json_time(b.dissolved_at), 'version', b.version,
            'runs', (select coalesce(jsonb_agg(jsonb_build_object('run_id', r.id, 'run_number', r.number, 'title', r.title, 'status', r.status,
                    'joined_at', traveler.json_time(x.created_at), 'left_at', traveler.json_time(x.left_at), 'left_by', x.left_by, 'left_reason', x.left_reason) order by r.number, x.id), '[]')
                from traveler.batch_run x join traveler.run r on r.org_id = x.org_id and r.id = x.run_id where x.org_id = v_org and x.batch_id = b.id),
            -- Which steps go together, and how many of the batch's steps go on their own (K2).
            'siblings', (select coalesce(jsonb_agg(jsonb_build_object('sibling_id', y.sibling_id, 'title', y.title, 'steps', y.steps, 'state', y.state) order by y.place), '[]')
                from (select s.sibling_id, min(s.title) as title, count(*) as steps, min(s.state) as state, min(s.depth * 100000 + s.position) as place
                    from traveler.batch_run x join traveler.run_step s on s.org_id = v_org and s.run_id = x.run_id and s.sibling_id is not null
                    join traveler.run r on r.org_id = v_org and r.id = x.run_id and r.completed_at is null
                    where x.org_id = v_org and x.batch_id = b.id and x.left_at is null group by s.sibling_id) y),
            'steps_alone', (select count(*) from traveler.batch_run x join traveler.run_step s on s.org_id = v_org and s.run_id = x.run_id and s.sibling_id is null and s.withdrawn_at is null
                where x.org_id = v_org and x.batch_id = b.id and x.left_at is null))
        from traveler.batch b where b.org_id = v_org and b.id = p_batch
    );
end
$$;
comment on function traveler.batch_json is 'A batch with its runs, past ones too, and the steps that go together (K1, K2); null when the org has no such batch.';

create or replace function traveler_private.join_runs(p_batch uuid, p_runs uuid[]) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_taken record;
begin
    perform from traveler.run r where r.org_id = v_org and r.id = any (p_runs) order by r.id for no key update;
    perform traveler_private.demand((select count(*) from traveler.run r where r.org_id = v_org and r.id = any (p_runs)) = cardinality(p_runs), 422, 'run_unknown', 'T1',
        'One of the runs does not exist, or is named twice.');
    select r.number, b.number as batch into v_taken
    from traveler.batch_run x join traveler.run r on r.org_id = v_org and r.id = x.run_id join traveler.batch b on b.org_id = v_org and b.id = x.batch_id
    where x.org_id = v_org and x.run_id = any (p_runs) and x.left_at is null order by r.number limit 1;
    perform traveler_private.demand(not found, 409, 'run_in_batch', 'K1', format('Run %s is in batch %s.', v_taken.number, v_taken.batch), 'Have it leave that first.');
    insert into traveler.batch_run (org_id, batch_id, run_id, joined_by) select v_org, p_batch, r, '' from unnest(p_runs) r order by r;
end
$$;
comment on function traveler_private.join_runs is 'Has runs join a batch (K1, K4).';

-- POST /v1/batches: {title?, run_ids} or {title?, procedure_id or part_id, runs: [{title?, quantity?, serial_numbers?, lot_number?, ...}]}
create or replace function traveler.create_batch(p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_id uuid := traveler.new_id();
    v_runs uuid[] := array(select x::uuid from jsonb_array_elements_text(p_request -> 'run_ids') x);
    v_number bigint;
begin
    perform traveler_private.require('run.batch');
    perform traveler_private.demand(num_nonnulls(p_request ->> 'run_ids', p_request ->> 'runs') = 1, 422, 'runs_not_named', 'K1',
        'Name the runs of the batch, or say which are to be made.', 'Give run_ids, or runs and the procedure_id or part_id of all.');
    perform traveler_private.demand(coalesce(jsonb_array_length(p_request -> 'runs'), cardinality(v_runs)) >= 2, 422, 'batch_of_one', 'K1', 'A batch is of two runs at least.');
    if p_request ->> 'runs' is not null then
        perform traveler_private.demand(num_nonnulls(p_request ->> 'procedure_id', p_request ->> 'part_id') = 1, 422, 'procedure_missing', 'K1',
            'Say which procedure the runs execute or, without one, which part they build.', 'Give procedure_id, or part_id.');
        perform traveler_private.require('run.create');
        v_runs := traveler_private.make_runs(traveler_private.asked_to_run(p_request),
            array(select x.value from jsonb_array_elements(p_request -> 'runs') with ordinality x order by x.ordinality));
    end if;
    v_number := traveler_private.next_number('batch');
    insert into traveler.batch (org_id, id, number, title, created_by)
    values (v_org, v_id, v_number, coalesce(p_request ->> 'title', format('Batch %s', v_number)), '');
    perform traveler_private.join_runs(v_id, v_runs);
    return traveler.batch_json(v_id);
end
$$;
comment on function traveler.create_batch is 'Makes a batch of runs that are there, or of runs that it makes (K1).';

create or replace function traveler_private.lock_batch(p_batch uuid, p_version integer) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_now integer;
begin
    perform from traveler.batch b where b.org_id = traveler_private.org() and b.id = p_batch for no key update;
    perform traveler_private.demand(found, 404, 'batch_unknown', 'T1', 'There is no such batch.');
    select b.version into v_now from traveler.batch b where b.org_id = traveler_private.org() and b.id = p_batch;
    perform traveler_private.expect_version('batch', p_batch, v_now, p_version);
end
$$;
comment on function traveler_private.lock_batch is 'Locks a batch; refuses an unknown or a stale one.';

-- POST /v1/batches/{id}/join: {run_ids}
create or replace function traveler.join_batch(p_batch uuid, p_version integer, p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform traveler_private.require('run.batch');
    perform traveler_private.lock_batch(p_batch, p_version);
    perform traveler_private.join_runs(p_batch, array(select x::uuid from jsonb_array_elements_text(p_request -> 'run_ids') x));
    return traveler.batch_json(p_batch);
end
$$;
comment on function traveler.join_batch is 'Has runs join a batch: they take part in its later changes (K4).';

-- POST /v1/runs/{id}/leave-batch: {reason}
create or replace function traveler.leave_batch(p_run uuid, p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_batch uuid;
begin
    perform traveler_private.require('run.batch');
    perform traveler_private.demand(exists (select from traveler.run r where r.org_id = v_org and r.id = p_run), 404, 'run_unknown', 'T1', 'There is no such run.');
    select b.batch_id into v_batch from traveler.batch_run b where b.org_id = v_org and b.run_id = p_run and b.left_at is null;
    perform traveler_private.demand(found, 409, 'run_not_in_batch', 'K4', 'The run is in no batch.');
    perform traveler_private.lock_batch(v_batch, null);
    perform from traveler.run r where r.org_id = v_org and r.id = p_run for no key update;
    perform traveler_private.give_reason(p_request ->> 'reason');
    update traveler.batch_run b set left_at = now(), left_by = '', left_reason = p_request ->> 'reason'
    where b.org_id = v_org and b.run_id = p_run and b.left_at is null;
    return traveler.batch_json(v_batch);
end
$$;
comment on function traveler.leave_batch is 'Has a run leave its batch, with what it has, while none of its steps is in redline (K4).';

-- POST /v1/batches/{id}/dissolve
create or replace function traveler.dissolve_batch(p_batch uuid, p_version integer) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform traveler_private.require('run.batch');
    perform traveler_private.lock_batch(p_batch, p_version);
    perform from traveler.run r where r.org_id = traveler.current_org() and r.id in (
        select b.run_id from traveler.batch_run b where b.org_id = traveler.current_org() and b.batch_id = p_batch and b.left_at is null) order by r.id for no key update;
    update traveler.batch b set dissolved_at = now(), dissolved_by = '' where b.org_id = traveler.current_org() and b.id = p_batch;
    return traveler.batch_json(p_batch);
end
$$;
comment on function traveler.dissolve_batch is 'Takes all runs out of a batch, for good (K4).';

-- GET /v1/steps/{id}/siblings?act=
create or replace function traveler.sibling_report(p_step uuid, p_act text) returns jsonb
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_ids uuid[] := traveler_private.with_siblings(array[p_step]);
begin
    if not exists (select from traveler.run_step s where s.org_id = v_org and s.id = p_step) then
        return null;
    end if;
    v_ids := array_remove(v_ids, p_step);
    return jsonb_build_object('run_step_id', p_step, 'act', p_act, 'count', cardinality(v_ids),
        'siblings', (select coalesce(jsonb_agg(jsonb_build_object('run_id', r.id, 'run_number', r.number, 'run_step_id', s.id, 'state', s.state) order by r.number), '[]')
            from traveler.run_step s join traveler.run r on r.org_id = s.org_id and r.id = s.run_id where s.org_id = v_org and s.id = any (v_ids)),
        'misfits', case when p_act is null then '[]' else traveler_private.misfits_json(p_act, v_ids) end);
end
$$;
comment on function traveler.sibling_report is 'The siblings of a step, and which of them could not follow an act now, and why (K3); null when the org has no such step.';
