-- Procedures: P1 (versions and their states), P3 (nesting), P4 (fields), P5 (requirements), P6 (the graph stays acyclic).
\ir support/world.psql
select plan(82);

create function test.proc_step(p_procedure uuid, p_title text) returns uuid language sql stable as $$
    select s.id from traveler.procedure_step s where s.procedure_id = p_procedure and s.title = p_title
$$;
create function test.edge(p_procedure uuid, p_upstream text, p_downstream text) returns void language sql as $$
    insert into traveler.procedure_step_edge (org_id, procedure_id, upstream_id, downstream_id)
    values (test.org_id('acme'), p_procedure, test.proc_step(p_procedure, p_upstream), test.proc_step(p_procedure, p_downstream))
$$;
-- The document of a procedure without what makes it this one, to compare two by content.
create function test.content(p_procedure uuid) returns text language sql stable as $$
    select string_agg(format('%s/%s/%s/%s', s ->> 'title', s ->> 'position', s -> 'required',
        (select string_agg((f - 'id')::text, ',' order by f ->> 'name') from jsonb_array_elements(s -> 'fields') f))
        || (select coalesce(string_agg((q - 'id')::text, ','), '') from jsonb_array_elements(s -> 'requirements') q)
        || (select coalesce(string_agg(u ->> 'title', ','), '') from jsonb_array_elements(traveler.procedure_json(p_procedure) -> 'steps') u
            where s -> 'upstream_ids' ? (u ->> 'id'))
        || (select coalesce(string_agg(u ->> 'title', ','), '') from jsonb_array_elements(traveler.procedure_json(p_procedure) -> 'steps') u
            where s ->> 'parent_id' = u ->> 'id'), ';' order by s ->> 'title')
    from jsonb_array_elements(traveler.procedure_json(p_procedure) -> 'steps') s
$$;
-- What P6 says, computed plainly, for a procedure and one edge more: a start and an end for every step, an arc for each of "starts
-- inside", "ends inside" and "after", and then whatever no arc leads to is taken away, until nothing can be: the rest is a ring.
create function test.has_ring(p_procedure uuid, p_upstream uuid, p_downstream uuid) returns boolean language plpgsql as $$
declare
    v_arcs text[][];
    v_nodes text[];
    v_free text[];
begin
    v_nodes := array(select s.id || e from traveler.procedure_step s, unnest(array['<', '>']) e where s.procedure_id = p_procedure);
    v_arcs := array(
        select array[s.id || '<', s.id || '>'] from traveler.procedure_step s where s.procedure_id = p_procedure
        union all select array[s.parent_id || '<', s.id || '<'] from traveler.procedure_step s where s.procedure_id = p_procedure and s.parent_id is not null
        union all select array[s.id || '>', s.parent_id || '>'] from traveler.procedure_step s where s.procedure_id = p_procedure and s.parent_id is not null
        union all select array[e.upstream_id || '>', e.downstream_id || '<'] from traveler.procedure_step_edge e where e.procedure_id = p_procedure
        union all select array[p_upstream || '>', p_downstream || '<']);
    loop
        v_free := array(select n from unnest(v_nodes) n where not exists (
            select from generate_subscripts(v_arcs, 1) i where v_arcs[i][2] = n and v_arcs[i][1] = any (v_nodes)));
        exit when cardinality(v_free) = 0;
        v_nodes := array(select n from unnest(v_nodes) n where n <> all (v_free));
    end loop;
    return cardinality(v_nodes) > 0;
end
$$;
-- Random forests of eight steps, and random edges into them one by one: each is taken exactly when it closes no ring.
create function test.graph_trials(p_procedures integer, p_edges integer) returns table (seed double precision, ring boolean, refusal text) language plpgsql as $$
declare
    v_procedure uuid;
    v_steps uuid[];
    v_upstream uuid;
    v_downstream uuid;
begin
    for p in 1 .. p_procedures loop
        seed := p / 1000.0;
        perform setseed(seed);
        v_procedure := test.draft('Random ' || p, null, '[]');
        for i in 1 .. 8 loop
            insert into traveler.procedure_step (org_id, procedure_id, parent_id, depth, position, title)
            select test.org_id('acme'), v_procedure, x.id, coalesce(x.depth, 0) + 1, i, 'Step ' || i
            from (select 1) one left join (
                select s.id, s.depth from traveler.procedure_step s
                where s.procedure_id = v_procedure and s.depth < 5 and random() < 0.7 order by s.position limit 1) x on true;
        end loop;
        v_steps := array(select s.id from traveler.procedure_step s where s.procedure_id = v_procedure order by s.position);
        for i in 1 .. p_edges loop
            v_upstream := v_steps[1 + floor(random() * 8)::integer];
            v_downstream := v_steps[1 + floor(random() * 8)::integer];
            continue when v_upstream = v_downstream or exists (
                select from traveler.procedure_step_edge e where e.upstream_id = v_upstream and e.downstream_id = v_downstream);
            ring := test.has_ring(v_procedure, v_upstream, v_downstream);
            refusal := test.refusal(format('insert into traveler.procedure_step_edge (org_id, procedure_id, upstream_id, downstream_id)
                values (%L, %L, %L, %L)', test.org_id('acme'), v_procedure, v_upstream, v_downstream));
            return next;
        end loop;
    end loop;
end
$$;
create table test.trial (seed double precision, ring boolean, refusal text);
grant all on test.trial to public;
grant execute on all functions in schema test to public;

-- P3: nesting -------------------------------------------------------------------------------------------------------

set session authorization traveler_service;
begin;
select test.enter('engineer');
select test.keep('pump', test.part('PUMP', 'serial')), test.keep('seal', test.part('SEAL'));
select test.keep('deep', test.draft('Deep', test.the('pump'),
    '[{"title": "1", "steps": [{"title": "2", "steps": [{"title": "3", "steps": [{"title": "4", "steps": [{"title": "5"}]}]}]}]}]'));
select test.keep('flat', test.draft('Flat', null, '[{"title": "1"}, {"title": "2"}]')), test.keep('long', test.draft('Long', null, '[{"title": "1"}, {"title": "2"}, {"title": "3"}]'));
select is((select max(s.depth) from traveler.procedure_step s where s.procedure_id = test.the('deep')), 5, 'steps nest five levels');
select test.refuses($$ select test.draft('Deeper', null,
    '[{"title": "1", "steps": [{"title": "2", "steps": [{"title": "3", "steps": [{"title": "4", "steps": [{"title": "5", "steps": [{"title": "6"}]}]}]}]}]}]') $$,
    'TV422 P3 step_depth', 'and no more');
select test.refuses($$ select test.draft('D', null, '[{"title": ""}]') $$, '23514 procedure_step_title_length', 'a step has a title');
select test.refuses($$ select test.draft('D', null, '[{"title": "A", "lead_time_seconds": -1}]') $$, '23514 procedure_step_lead_time_not_negative', 'a lead time is not negative');
select test.denied($$ select test.draft('D', null, '[{"title": "A", "requirements": [{"part_id": "x", "quantity_per_unit": "1"}]}]') $$, 'a requirement names a part', '22P02');
select test.refuses($$ select test.draft('D', null, jsonb_build_array(jsonb_build_object('title', 'A', 'requirements', jsonb_build_array(test.line(test.the('seal'), 'NaN'))))) $$,
    'TV422 I4 quantity_invalid', 'and how many');
commit;
reset session authorization;
set role traveler_owner;
begin;
select test.enter_owner();
select test.refuses($$ insert into traveler.procedure_step (org_id, procedure_id, parent_id, depth, position, title)
    values (test.org_id('acme'), test.the('deep'), test.proc_step(test.the('deep'), '5'), 6, 1, '6') $$, '23514 procedure_step_five_levels', 'the owner nests no deeper');
select test.refuses($$ insert into traveler.procedure_step (org_id, procedure_id, parent_id, depth, position, title)
    values (test.org_id('acme'), test.the('deep'), test.proc_step(test.the('deep'), '5'), 5, 1, '6') $$, 'TV422 P3 step_depth', 'whatever the depth is said to be');
select test.refuses($$ insert into traveler.procedure_step (org_id, procedure_id, parent_id, depth, position, title)
    values (test.org_id('acme'), test.the('deep'), test.proc_step(test.the('flat'), '1'), 2, 1, '6') $$, '23503 procedure_step_parent_fkey', 'nor in a step of another procedure');
select test.refuses($$ update traveler.procedure_step set parent_id = test.proc_step(test.the('flat'), '1'), depth = 2 where id = test.proc_step(test.the('flat'), '2') $$,
    'TV409 P3 step_parent_fixed', 'a step stays where it is nested');
select test.refuses($$ insert into traveler.procedure_step (org_id, procedure_id, position, title) values (test.org_id('acme'), test.the('flat'), 2, '6') $$,
    '23505 procedure_step_position_key', 'two steps don''t stand in one place');
commit;
reset role;

-- P4: what a field may be -------------------------------------------------------------------------------------------

set session authorization traveler_service;
begin;
select test.enter('engineer');
select test.refuses(format($$ select test.draft('D', null, jsonb_build_array(jsonb_build_object('title', 'A', 'fields', jsonb_build_array(%L::jsonb)))) $$, field),
    refusal, format('no field: %s', field))
from (values
    ('{"name": "F", "type": "colour"}', '23514 procedure_field_type'),
    ('{"name": "", "type": "text"}', '23514 procedure_field_name_length'),
    ('{"name": "F", "type": "select"}', '23514 procedure_field_options'),
    ('{"name": "F", "type": "select", "options": []}', '23514 procedure_field_options'),
    ('{"name": "F", "type": "text", "options": ["a"]}', '23514 procedure_field_options'),
    ('{"name": "F", "type": "text", "unit": "mm"}', '23514 procedure_field_number_only'),
    ('{"name": "F", "type": "boolean", "minimum": "1"}', '23514 procedure_field_number_only'),
    ('{"name": "F", "type": "number", "minimum": "2", "maximum": "1"}', '23514 procedure_field_range'),
    ('{"name": "F", "type": "number", "minimum": "1", "target": "2", "tolerance_minus": "1", "tolerance_plus": "1"}', '23514 procedure_field_tolerance'),
    ('{"name": "F", "type": "number", "target": "2", "tolerance_minus": "-1", "tolerance_plus": "1"}', '23514 procedure_field_tolerance'),
    ('{"name": "F", "type": "number", "tolerance_plus": "1"}', '23514 procedure_field_tolerance'),
    ('{"name": "F", "type": "number", "maximum": "NaN"}', 'TV422 P4 decimal_invalid'),
    ('{"name": "F", "type": "number", "maximum": "Infinity"}', 'TV422 P4 decimal_invalid'),
    ('{"name": "F", "type": "text", "signoff_role": "quality"}', '23514 procedure_field_signoff_role'),
    ('{"name": "F", "type": "text", "peer": true}', '23514 procedure_field_signoff_role'),
    ('{"name": "F", "type": "signoff", "signoff_role": "emperor"}', 'TV422 P4 role_unknown')) f (field, refusal);

-- P6: dependencies --------------------------------------------------------------------------------------------------

select test.refuses(format('select test.draft(%L, null, %L)', 'Ring', steps), 'TV409 P6 dependency_cycle', format('a ring: %s', what)) from (values
    ('two that wait for each other', '[{"key": "a", "title": "A", "after": ["b"]}, {"key": "b", "title": "B", "after": ["a"]}]'),
    ('three in a circle', '[{"key": "a", "title": "A", "after": ["c"]}, {"key": "b", "title": "B", "after": ["a"]}, {"key": "c", "title": "C", "after": ["b"]}]'),
    ('a step that waits for its parent', '[{"key": "a", "title": "A", "steps": [{"key": "b", "title": "B", "after": ["a"]}]}]'),
    ('a parent that waits for its own step', '[{"key": "a", "title": "A", "after": ["b"], "steps": [{"key": "b", "title": "B"}]}]'),
    ('an ancestor four levels up', '[{"key": "a", "title": "A", "after": ["e"], "steps": [{"title": "B", "steps": [{"title": "C", "steps": [{"title": "D",
        "steps": [{"key": "e", "title": "E"}]}]}]}]}]'),
    ('a descendant four levels down', '[{"key": "a", "title": "A", "steps": [{"title": "B", "steps": [{"title": "C", "steps": [{"title": "D",
        "steps": [{"key": "e", "title": "E", "after": ["a"]}]}]}]}]}]'),
    ('a step inside waits for what waits for its parent', '[{"key": "a", "title": "A", "steps": [{"key": "b", "title": "B", "after": ["c"]}]},
        {"key": "c", "title": "C", "after": ["a"]}]'),
    ('what is inside two parents, crosswise', '[{"key": "a", "title": "A", "steps": [{"key": "b", "title": "B", "after": ["d"]}]},
        {"key": "c", "title": "C", "steps": [{"key": "d", "title": "D"}], "after": ["a"]}]'),
    ('two parents, each with a step that waits for the other', '[{"key": "a", "title": "A", "steps": [{"key": "b", "title": "B", "after": ["c"]}]},
        {"key": "c", "title": "C", "steps": [{"key": "d", "title": "D", "after": ["a"]}]}]')) r (what, steps);
select lives_ok(format('select test.draft(%L, null, %L)', 'Fine', steps), format('no ring: %s', what)) from (values
    ('a diamond', '[{"key": "a", "title": "A"}, {"key": "b", "title": "B", "after": ["a"]}, {"key": "c", "title": "C", "after": ["a"]},
        {"key": "d", "title": "D", "after": ["b", "c"]}]'),
    ('two inside one parent', '[{"title": "A", "steps": [{"key": "b", "title": "B"}, {"key": "c", "title": "C", "after": ["b"]}]}]'),
    ('from inside one parent to inside another', '[{"title": "A", "steps": [{"key": "b", "title": "B"}]}, {"title": "C", "steps": [{"title": "D", "after": ["b"]}]}]'),
    ('two parents whose steps interleave', '[{"title": "A", "steps": [{"key": "b", "title": "B"}, {"key": "c", "title": "C", "after": ["e"]}]},
        {"title": "D", "steps": [{"key": "e", "title": "E", "after": ["b"]}]}]')) r (what, steps);
select test.refuses($$ select test.draft('D', null, '[{"key": "a", "title": "A", "after": ["a"]}]') $$, '23514 procedure_step_edge_not_self', 'a step does not wait for itself');
select test.refuses($$ select test.draft('D', null, '[{"key": "a", "title": "A", "after": ["z"]}]') $$, 'TV422 P6 step_key_unknown', 'nor for what is not there');
select test.refuses($$ select test.draft('D', null, '[{"key": "a", "title": "A"}, {"key": "a", "title": "B"}]') $$, 'TV422 P6 step_key_twice', 'a key names one step');
commit;
reset session authorization;
set role traveler_owner;
begin;
select test.enter_owner();
select test.edge(test.the('flat'), '1', '2');
select test.refuses($$ update traveler.procedure_step_edge set upstream_id = downstream_id, downstream_id = upstream_id where procedure_id = test.the('flat') $$, 'went through', 'an edge may be turned');
select test.edge(test.the('long'), '1', '2'), test.edge(test.the('long'), '2', '3');
select test.refuses($$ update traveler.procedure_step_edge set downstream_id = test.proc_step(test.the('long'), '1')
    where upstream_id = test.proc_step(test.the('long'), '2') $$, 'TV409 P6 dependency_cycle', 'not so that it closes a ring');
select test.refuses($$ select test.edge(test.the('flat'), '1', '2') $$, 'TV409 P6 dependency_cycle', 'but not opposed');
select test.refuses($$ insert into traveler.procedure_step_edge (org_id, procedure_id, upstream_id, downstream_id)
    values (test.org_id('acme'), test.the('flat'), test.proc_step(test.the('flat'), '1'), test.proc_step(test.the('deep'), '1')) $$,
    '23503 procedure_step_edge_downstream_fkey', 'nor lead into another procedure');
insert into test.trial select * from test.graph_trials(40, 16);
select is_empty($$ select * from test.trial where refusal is distinct from case when ring then 'TV409 P6 dependency_cycle' else 'went through' end $$,
    'of random edges into random trees exactly those that close a ring are refused');
select cmp_ok((select least(count(*) filter (where ring), count(*) filter (where not ring)) from test.trial), '>', 100::bigint, 'of which there are many of both kinds');
commit;
reset role;

-- P1: versions ------------------------------------------------------------------------------------------------------

set session authorization traveler_service;
begin;
select test.enter('engineer');
select test.keep('v1', test.draft('Build', test.the('pump'), jsonb_build_array(
    jsonb_build_object('key', 'a', 'title', 'A', 'fields', '[{"name": "N", "type": "number", "target": "5", "tolerance_minus": "1", "tolerance_plus": "0.5", "unit": "mm"}]'::jsonb,
        'requirements', jsonb_build_array(test.line(test.the('seal'), '2', '{"reference_designators": ["S1", "S2"]}')),
        'steps', '[{"key": "b", "title": "B", "required": false}]'::jsonb),
    jsonb_build_object('title', 'C', 'after', array['a'], 'fields', '[{"name": "OK", "type": "signoff", "signoff_role": "quality", "peer": true}]'::jsonb))));
select test.refuses($$ select test.run(test.the('v1')) $$, 'TV409 P1 procedure_not_released', 'a draft is not run');
select traveler.move_procedure(test.the('v1'), null, 'in_review');
select test.refuses($$ select test.run(test.the('v1')) $$, 'TV409 P1 procedure_not_released', 'nor what is in review');
select test.refuses($$ select traveler.replace_procedure(test.the('v1'), null, '{"title": "X", "steps": []}') $$, 'TV409 P1 procedure_not_draft', 'what is in review is not edited');
select traveler.move_procedure(test.the('v1'), null, 'released');
select test.refuses($$ select traveler.replace_procedure(test.the('v1'), null, '{"title": "X", "steps": []}') $$, 'TV409 P1 procedure_not_draft', 'nor what is released');
select test.refuses($$ select traveler.move_procedure(test.the('v1'), null, 'draft') $$, 'TV409 P1 procedure_move', 'nor taken back');
select test.refuses($$ select traveler.move_procedure(test.draft('Empty', null, '[]'), null, 'released') $$, 'TV409 P1 procedure_empty', 'nothing without a step is released');
select test.refuses($$ select traveler.move_procedure(test.the('v1'), null, 'released') $$, 'TV409 P1 procedure_move', 'nor released twice');
select test.refuses($$ select traveler.move_procedure(test.the('v1'), null, 'finished') $$, 'TV409 P1 procedure_move', 'nor moved to a state that there is not');
select test.keep('v2', (traveler.new_procedure_version(test.the('v1')) ->> 'id')::uuid);
select is(test.content(test.the('v2')), test.content(test.the('v1')), 'a new version starts with all that the old one holds');
select is((select (p.family_id = test.the('v1'))::text || p.version_number || p.state from traveler.procedure p where p.id = test.the('v2')), 'true2draft', 'as the family''s next draft');
select test.keep('run', test.run(test.the('v1')));
select traveler.move_procedure(test.the('v2'), null, 'released');
select is((select string_agg(p.state, ' ' order by p.version_number) from traveler.procedure p where p.family_id = test.the('v1')), 'archived released', 'releasing it archives the one before');
select test.refuses($$ select test.run(test.the('v1')) $$, 'TV409 P1 procedure_not_released', 'which is run no more');
select test.refuses($$ select traveler.move_procedure(test.the('v1'), null, 'released') $$, 'TV409 P1 procedure_move', 'nor released again');
select is((select r.procedure_id from traveler.run r where r.id = test.the('run')), test.the('v1'), 'while a run in flight keeps its own');
select test.refuses($$ select traveler.move_procedure(test.the('v2'), 1, 'archived') $$, 'TV412 stale', 'a stale move is refused');
commit;
reset session authorization;
set role traveler_owner;
begin;
select test.enter_owner();
select test.refuses(statement, 'TV409 P1 procedure_not_draft', format('released, and not to be edited: %s', test.brief(statement)))
from unnest(array[
    $$ update traveler.procedure set title = 'X' where id = test.the('v2') $$,
    $$ update traveler.procedure set state = 'archived', title = 'X' where id = test.the('v2') $$,
    $$ update traveler.procedure_step set title = 'X' where procedure_id = test.the('v2') $$,
    $$ update traveler.procedure_field set required = false where procedure_id = test.the('v2') $$,
    $$ update traveler.procedure_requirement set quantity_per_unit = 9 where procedure_id = test.the('v2') $$,
    $$ delete from traveler.procedure_field where procedure_id = test.the('v2') $$,
    $$ delete from traveler.procedure_step_edge where procedure_id = test.the('v2') $$,
    $$ delete from traveler.procedure_requirement where procedure_id = test.the('v2') $$,
    $$ insert into traveler.procedure_step (org_id, procedure_id, position, title) values (test.org_id('acme'), test.the('v2'), 9, 'X') $$,
    $$ insert into traveler.procedure_step_edge (org_id, procedure_id, upstream_id, downstream_id)
        values (test.org_id('acme'), test.the('v2'), test.proc_step(test.the('v2'), 'B'), test.proc_step(test.the('v2'), 'C')) $$,
    $$ insert into traveler.procedure_field (org_id, procedure_id, procedure_step_id, position, name, type)
        values (test.org_id('acme'), test.the('v2'), test.proc_step(test.the('v2'), 'B'), 9, 'X', 'text') $$,
    $$ insert into traveler.procedure_requirement (org_id, procedure_id, procedure_step_id, part_id, quantity_per_unit)
        values (test.org_id('acme'), test.the('v2'), test.proc_step(test.the('v2'), 'B'), test.the('seal'), 1) $$,
    $$ update traveler.procedure_step_edge set upstream_id = test.proc_step(test.the('v2'), 'B') where procedure_id = test.the('v2') $$,
    $$ delete from traveler.procedure_step where id = test.proc_step(test.the('v2'), 'B') $$]) statement;
select test.refuses($$ update traveler.procedure_field set procedure_id = test.the('flat'), procedure_step_id = test.proc_step(test.the('flat'), '1') where procedure_id = test.the('v2') $$,
    'TV409 Y1 identity_fixed', 'nor is anything moved out of it');
select test.refuses($$ insert into traveler.procedure (org_id, family_id, version_number, title, state, released_at) values (test.org_id('acme'), traveler.new_id(), 1, 'X', 'released', now()) $$,
    'TV409 P1 derived', 'a version starts as a draft');
select test.refuses($$ update traveler.procedure set version_number = 7 where id = test.the('flat') $$, 'TV409 P1 procedure_identity', 'and keeps its number');
commit;
reset role;
select test.whole();
select * from finish();
