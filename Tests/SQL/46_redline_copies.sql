-- Steps that a redline adds as copies (D1): of a step of the run, or of one of a released procedure, with what is nested in it; canceled, they
-- are withdrawn (D6); over a batch each run gets its own (K3).
\ir support/world.psql
select plan(40);

create function test.act(p_act text, variadic p_steps uuid[]) returns jsonb language sql as $$ select traveler.act_on_steps(p_act, p_steps, null, 'x') $$;
create function test.copy(p_run uuid, p_request jsonb) returns uuid language sql as $$
    select (traveler.copy_step(p_run, jsonb_build_object('reason', 'Again.') || p_request) ->> 'id')::uuid
$$;
create function test.of(p_step uuid) returns jsonb language sql as $$ select jsonb_build_object('run_step_id', p_step) $$;
-- A step and all in it, as a new run would have it: no ids, no states.
create function test.tree(p_step uuid) returns jsonb language sql stable as $$
    select jsonb_build_object('title', s.title, 'instructions', s.instructions, 'time', s.lead_time_seconds, 'required', s.required, 'outside', s.outside_process,
        'fields', (select jsonb_agg(to_jsonb(f) - array['id', 'run_id', 'run_step_id', 'created_at', 'version', 'value', 'entered_by', 'entered_at', 'number_value', 'out_of_range', 'compare_field_id']
            || jsonb_build_object('against', c.name, 'in', (select x.title from traveler.run_step x where x.id = c.run_step_id)) order by f.position)
            from traveler.run_step_field f left join traveler.run_step_field c on c.id = f.compare_field_id where f.run_step_id = s.id and f.withdrawn_at is null),
        'requirements', (select jsonb_agg(jsonb_build_array(q.part_id, q.quantity_needed, q.reference_designators,
                (select jsonb_agg(b.part_id order by b.part_id) from traveler.build_requirement_substitute b where b.build_requirement_id = q.id and b.withdrawn_at is null)) order by q.part_id)
            from traveler.build_requirement q where q.run_step_id = s.id and q.withdrawn_at is null),
        'approvals', (select jsonb_agg(jsonb_build_array(a.role_id, a.approvers) order by a.role_id) from traveler.run_step_approval_requirement a where a.run_step_id = s.id),
        'after', (select jsonb_agg(u.title order by u.title) from traveler.run_step_edge e join traveler.run_step u on u.id = e.upstream_id where e.downstream_id = s.id and e.withdrawn_at is null),
        'steps', (select jsonb_agg(x order by x ->> 'title') from (select test.tree(n.id) as x from traveler.run_step n where n.parent_id = s.id and n.withdrawn_at is null) y))
    from traveler.run_step s where s.id = p_step
$$;
grant execute on all functions in schema test to public;

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep(n, test.part(n)) from unnest(array['S1', 'S2']) n;
select test.keep('cart', test.part('CART', 'serial'));
select test.keep('procedure', test.released('Build', test.the('cart'), jsonb_build_array('{"key": "a", "title": "A", "fields": [{"name": "N", "type": "number", "maximum": "5.50"}]}'::jsonb,
    jsonb_build_object('key', 'p', 'title', 'P', 'after', '["a"]'::jsonb, 'instructions', 'Do.', 'lead_time_seconds', 60, 'required', false, 'approvals', '[{"role": "quality", "approvers": 2}]'::jsonb,
        'requirements', jsonb_build_array(test.line(test.the('S1'), '2', '{"reference_designators": ["X1"]}')),
        'fields', '[{"name": "M", "type": "number", "unit": "mm", "target": "1.50", "tolerance_minus": "0.10", "tolerance_plus": "0.20"}, {"name": "S", "type": "signoff", "signoff_role": "quality", "peer": true},
            {"name": "L", "type": "number", "unit": "mm", "compare": {"op": "<", "field": "M"}}, {"name": "K", "type": "number", "compare": {"op": "<", "field": "N", "step": "a"}}, {"name": "Pick", "type": "select", "options": ["x", "y"]}]'::jsonb,
        'steps', '[{"key": "p1", "title": "P1", "steps": [{"title": "P11"}]}, {"key": "p2", "title": "P2", "after": ["p1"], "fields": [{"name": "J", "type": "number", "unit": "mm", "compare": {"op": "<", "field": "M", "step": "p"}}]}]'::jsonb),
    '{"title": "B", "after": ["p"]}'::jsonb)));
select test.keep('other', test.released('Other', test.the('cart'), jsonb_build_array('{"key": "w", "title": "Wash"}'::jsonb, jsonb_build_object('key', 'd', 'title', 'Dry', 'after', '["w"]'::jsonb,
    'approvals', '[{"role": "quality"}]'::jsonb, 'requirements', jsonb_build_array(test.line(test.the('S2'), '1.5')), 'fields', '[{"name": "Warm", "type": "text"}]'::jsonb,
    'steps', '[{"key": "d1", "title": "D1"}, {"title": "D2", "after": ["d1"]}]'::jsonb),
    '{"title": "Look", "fields": [{"name": "One", "type": "number"}], "key": "l"}'::jsonb, '{"title": "Compare", "fields": [{"name": "Two", "type": "number", "compare": {"op": "<", "field": "One", "step": "l"}}]}'::jsonb)));
select test.keep('run', test.run(test.the('procedure'), '{"serial_numbers": ["U1"]}'));
select test.keep(s.title, s.id) from traveler.run_step s where s.run_id = test.the('run');
select test.keep(s.title, s.id) from traveler.procedure_step s where s.procedure_id = test.the('other');
commit;

-- A duplicate -------------------------------------------------------------------------------------------------------------------

begin;
select test.enter('admin');
select test.act('redline', test.the('P'));
select traveler.edit_redline(test.the('P'), null, jsonb_build_object('change_requirements', jsonb_build_array(jsonb_build_object('build_requirement_id', test.need(test.the('run'), test.the('S1')),
    'substitute_part_ids', jsonb_build_array(test.the('S2'))))));
select test.act('release_redline', test.the('P'));
select test.keep('copy', test.copy(test.the('run'), test.of(test.the('P'))));
select is(test.tree(test.the('copy')), test.tree(test.the('P')), 'a duplicate has the fields, requirements, approvals, dependencies and nested steps of its step');
select is((select string_agg(s.title || ' ' || s.state || ' ' || s.depth || ' ' || s.position, ', ' order by s.depth, s.position) from traveler.run_step s where s.created_at = now()),
    'P redline 1 4, P1 redline 2 1, P2 redline 2 2, P11 redline 3 1', 'it stands last beside it, in redline (S1)');
select is((select string_agg(format('%s %s %s', d.kind, s.title, u.title), ', ' order by d.number) from traveler.redline d join traveler.run_step s on s.id = d.run_step_id
    join traveler.run_step u on u.id = d.source_run_step_id), 'add P P, add P1 P1, add P2 P2, add P11 P11', 'each step by a redline that says what it is a copy of (D1)');
select is((select count(*) from traveler.run_step_field f join traveler.run_step s on s.id = f.run_step_id and s.created_at = now() where f.value is not null), 0::bigint, 'without values');
select is((select f.compare_field_id from traveler.run_step_field f where f.run_step_id = test.the('copy') and f.name = 'K'), test.field(test.the('run'), 'N'), 'a field is held against the same one outside of it');
select test.refuses($$ select test.act('cancel_redline', test.the('copy')) $$, 'TV409 D6 nested_step_left', 'it is not canceled from around what is nested in it');
savepoint made;
select test.act('cancel_redline', variadic array(select d.run_step_id from traveler.redline d where d.closed_at is null));
select is((select count(*) from traveler.run_step s where s.withdrawn_at is null and s.run_id = test.the('run')), 6::bigint, 'canceled, it is withdrawn, with what is in it (D6)');
select is((select r.status from traveler.run r where r.id = test.the('run')), 'todo', 'and the run is where it was');
rollback to made;
select test.act('release_redline', variadic array(select d.run_step_id from traveler.redline d where d.closed_at is null));
select is((select s.state from traveler.run_step s where s.id = test.the('copy')), 'todo', 'released, it is one to do');
select is((select count(*) from traveler.completion_blocker b where b.run_step_id = test.the('copy') and b.kind = 'requirement_unmet'), 0::bigint, 'optional like its step: it asks for nothing while it is left in todo (C1)');
select test.keep('inside', test.copy(test.the('run'), test.of(test.the('P1')) || jsonb_build_object('title', 'P3', 'parent_id', test.the('copy'))));
select is((select p.title || ' ' || s.title || ' ' || s.depth || ' ' || s.position from traveler.run_step s join traveler.run_step p on p.id = s.parent_id where s.id = test.the('inside')), 'P P3 2 3', 'it may be put elsewhere, by another name');
select test.refuses($$ select test.copy(test.the('run'), test.of(test.the('P')) || jsonb_build_object('parent_id', test.the('P11'))) $$, 'TV409 P6 step_in_itself', 'not into itself');
select test.copy(test.the('run'), test.of(test.the('B')) || '{"title": "B2", "upstream_ids": []}');
select is((select count(*) from traveler.run_step_edge e join traveler.run_step s on s.id = e.downstream_id where s.title = 'B2'), 0::bigint, 'what it waits for may be said');
select test.refuses($$ select test.copy(test.the('run'), test.of(test.the('B')) || jsonb_build_object('upstream_ids', jsonb_build_array(test.the('Wash')))) $$, '23503 run_step_edge_upstream_fkey', 'of steps of the run');
reset session authorization;
select is_empty('select * from traveler.integrity_violations', 'all of it is whole');
rollback;

-- From a procedure --------------------------------------------------------------------------------------------------------------

begin;
select test.enter('engineer');
select test.keep('dry', test.copy(test.the('run'), jsonb_build_object('procedure_step_id', test.the('Dry'), 'upstream_ids', jsonb_build_array(test.the('A')))));
select is(test.tree(test.the('dry')) #- '{requirements}' #- '{fields}' #- '{approvals}', '{"title": "Dry", "instructions": "", "time": null, "required": true, "outside": false, "after": ["A"], "steps": [
    {"title": "D1", "instructions": "", "time": null, "required": true, "outside": false, "fields": null, "requirements": null, "approvals": null, "after": null, "steps": null},
    {"title": "D2", "instructions": "", "time": null, "required": true, "outside": false, "fields": null, "requirements": null, "approvals": null, "after": ["D1"], "steps": null}]}'::jsonb,
    'a step of another procedure is copied with what is nested in it; what it waited for there is not here');
select results_eq($$ select f.name, q.quantity_needed, a.approvers from traveler.run_step_field f join traveler.build_requirement q on q.run_step_id = f.run_step_id
    join traveler.run_step_approval_requirement a on a.run_step_id = f.run_step_id where f.run_step_id = test.the('dry') $$, $$ values ('Warm', 1.5::numeric, 1) $$, 'with its fields, requirements and approvals');
select is((select array_agg(d.source_procedure_step_id order by d.number) from traveler.redline d where d.source_procedure_step_id is not null),
    (select array_agg(s.id order by s.depth, s.position) from traveler.procedure_step s where s.procedure_id = test.the('other') and s.title in ('Dry', 'D1', 'D2')), 'the redlines say of what');
select is(traveler.redlines_json(test.the('run')) #>> '{0,source_procedure_step_id}', test.the('Dry')::text, 'for everyone to read');
select test.refuses($$ select test.copy(test.the('run'), jsonb_build_object('procedure_step_id', test.the('Compare'))) $$, 'TV409 P4 field_held_elsewhere', 'a field that is held against one that stays behind is not copied in silence');
select test.act('release_redline', variadic array(select d.run_step_id from traveler.redline d where d.closed_at is null));
-- It is the run's own step: merged, it is one of the run's procedure.
select test.keep('merged', (traveler.merge_redline(d.id, '{}') ->> 'id')::uuid) from traveler.redline d where d.run_step_id = test.the('dry');
select is((select count(*) from traveler.procedure_step s where s.procedure_id = test.the('merged') and s.title = 'Dry' and s.lineage_id = test.the('dry')), 1::bigint, 'merged, it is a step of the run''s procedure (D4)');
select is((select a.approvers from traveler.procedure_approval a join traveler.procedure_step s on s.id = a.procedure_step_id where s.procedure_id = test.the('merged') and s.title = 'Dry'), 1, 'with the approvals that it demands');
rollback;
begin;
select test.enter('admin');
select test.refuses($$ select test.copy(test.the('run'), jsonb_build_object('procedure_step_id', traveler.new_id())) $$, 'TV404 T1 step_unknown', 'a step is copied that is there');
select test.refuses($$ select test.copy(test.the('run'), test.of(traveler.new_id())) $$, 'TV404 T1 step_unknown', 'in the run as well');
select test.refuses($$ select test.copy(test.the('run'), '{}') $$, 'TV422 D1 source_not_named', 'that is named');
select test.keep('run 2', test.run(test.the('procedure'), '{"serial_numbers": ["U2"]}'));
select test.refuses($$ select test.copy(test.the('run'), test.of(test.step(test.the('run 2'), 'A'))) $$, 'TV404 T1 step_unknown', 'and of the run');
select test.keep('draft', test.draft('Draft', test.the('cart'), '[{"title": "D"}]'));
select test.refuses($$ select test.copy(test.the('run'), jsonb_build_object('procedure_step_id', (select s.id from traveler.procedure_step s where s.procedure_id = test.the('draft')))) $$,
    'TV409 P1 procedure_not_released', 'a draft is not copied from');
select traveler.move_procedure(test.the('other'), null, 'archived');
select test.refuses($$ select test.copy(test.the('run'), jsonb_build_object('procedure_step_id', test.the('Dry'))) $$, 'TV409 P1 procedure_not_released', 'nor a version that is archived');
select test.enter('technician');
select test.refuses($$ select test.copy(test.the('run'), test.of(test.the('A'))) $$, 'TV403 T3 permission_missing', 'who copies a step redlines');
select test.enter('stranger');
select test.refuses($$ select test.copy(test.the('run'), test.of(test.the('A'))) $$, 'TV404 T1 run_unknown', 'in an org of one''s own');
rollback;

-- Siblings (K3) -----------------------------------------------------------------------------------------------------------------

begin;
select test.enter('admin');
select test.keep('batch', (traveler.create_batch(jsonb_build_object('procedure_id', test.the('procedure'), 'title', 'Two', 'runs', '[{"serial_numbers": ["1"]}, {"serial_numbers": ["2"]}]'::jsonb)) ->> 'id')::uuid);
select test.keep('r' || row_number() over (order by r.number), r.id) from traveler.run r join traveler.batch_run b on b.run_id = r.id;
commit;
begin;
select test.enter('admin');
select test.keep('c1', test.copy(test.the('r1'), test.of(test.step(test.the('r1'), 'P')) || '{"title": "Q"}'));
select is(test.tree(test.step(test.the('r2'), 'Q')), test.tree(test.the('c1')), 'a duplicate in each run of the batch, of its own step');
select is((select count(distinct s.sibling_id) || ' ' || count(*) from traveler.run_step s where s.created_at = now()), '4 8', 'they are siblings, nested ones too');
select is((select string_agg(distinct x.run_id::text, ' ') from traveler.redline d join traveler.run_step x on x.id = d.source_run_step_id where d.run_id = test.the('r2')), test.the('r2')::text, 'each copied from its own run');
select test.act('release_redline', variadic array(select d.run_step_id from traveler.redline d where d.run_id = test.the('r1')));
select is((select string_agg(distinct s.state, ' ') from traveler.run_step s where s.created_at = now()), 'todo', 'and released together');
select test.copy(test.the('r2'), jsonb_build_object('procedure_step_id', test.the('Dry')));
select is((select count(*) from traveler.run_step s where s.title = 'Dry' and s.sibling_id is not null), 2::bigint, 'a step of a procedure as well');
select test.act('cancel_redline', variadic array(select d.run_step_id from traveler.redline d where d.closed_at is null and d.run_id = test.the('r2')));
rollback;

-- By hand -----------------------------------------------------------------------------------------------------------------------

begin;
select test.enter('engineer');
select test.keep('copy', test.copy(test.the('run'), test.of(test.the('A'))));
select test.act('redline', test.the('B'));
select test.keep('draft', test.draft('Draft', test.the('cart'), '[{"title": "D"}]'));
reset session authorization;
set role traveler_owner;
select test.refuses(s, r, 'by hand: ' || test.brief(s)) from (values
    ($$ insert into traveler.redline (org_id, run_id, run_step_id, kind, reason, source_procedure_step_id) select test.org_id('acme'), test.the('run'), traveler.new_id(), 'add', 'x', s.id
        from traveler.procedure_step s where s.procedure_id = test.the('draft') $$, 'TV409 P1 procedure_not_released'),
    ($$ update traveler.redline set source_run_step_id = test.the('B') where run_step_id = test.the('copy') $$, 'TV409 D1 redline_fixed'),
    ($$ insert into traveler.run_step_approval_requirement (org_id, run_id, run_step_id, role_id) select test.org_id('acme'), test.the('run'), test.the('B'), r.id from traveler.role r where r.name = 'quality' $$, 'TV409 P5 run_is_a_copy'),
    ($$ insert into traveler.run_step_approval_requirement (org_id, run_id, run_step_id, role_id) select test.org_id('acme'), test.the('run'), test.the('A'), r.id from traveler.role r where r.name = 'quality' $$, 'TV409 P2 run_is_a_copy')) x (s, r);
reset role;
rollback;
reset session authorization;
select test.whole();
select * from finish();
