-- Redlines of build requirements, and of steps with approvals, applied to other runs, and sides taken where those differ: D4, B1, B2, P5, O1, K3.
\ir support/world.psql
select plan(44);

create function test.act(p_act text, p_step uuid) returns jsonb language sql as $$ select traveler.act_on_steps(p_act, array[p_step], null, 'x') $$;
create function test.redlined(p_name text, p_step uuid, p_edit jsonb) returns void language plpgsql as $$
begin
    perform test.act('redline', p_step);
    perform traveler.edit_redline(p_step, null, p_edit);
    perform test.keep(p_name, (select d.id from traveler.redline d where d.run_step_id = p_step and d.closed_at is null));
    perform test.act('release_redline', p_step);
end
$$;
create function test.asked(p_take jsonb, variadic p_runs text[]) returns jsonb language sql stable as $$
    select jsonb_build_object('run_ids', jsonb_agg(test.the(r))) || case when p_take is null then '{}' else jsonb_build_object('take', p_take) end from unnest(p_runs) r
$$;
create function test.apply(p_redline text, p_take jsonb, variadic p_runs text[]) returns jsonb language sql as $$ select traveler.apply_redline(test.the(p_redline), test.asked(p_take, variadic p_runs)) $$;
create function test.run_of(p_redline text, p_take jsonb, p_run text) returns jsonb language sql as $$
    select traveler.redline_application_preview(test.the(p_redline), test.asked(p_take, p_run)) #> '{runs,0}'
$$;
-- Member by member: what would be done, or why not.
create function test.judged(p_redline text, p_run text, p_take jsonb default null) returns text language sql as $$
    select string_agg(format('%s %s%s%s', m ->> 'member', m ->> 'outcome', case when (m ->> 'written')::boolean then '' else ' left' end, ': ' || (m ->> 'why')), '; ' order by m ->> 'member')
        || coalesce(' | ' || (test.run_of(p_redline, p_take, p_run) ->> 'code'), '')
    from jsonb_array_elements(test.run_of(p_redline, p_take, p_run) -> 'members') m
$$;
-- What a step requires, by part.
create function test.needs(p_step uuid) returns text language sql stable as $$
    select string_agg(format('%s %s%s%s', p.part_number, traveler.json_decimal(q.quantity_per_unit), ' at ' || nullif(array_to_string(q.reference_designators, ','), ''), ' or ' || b.parts), '; '
        order by p.part_number, q.quantity_per_unit)
    from traveler.build_requirement q join traveler.part p on p.id = q.part_id
    cross join lateral (select string_agg(x.part_number, ',' order by x.part_number) as parts from traveler.build_requirement_substitute s join traveler.part x on x.id = s.part_id
        where s.build_requirement_id = q.id and s.withdrawn_at is null) b
    where q.run_step_id = p_step and q.run_split_id is null and q.withdrawn_at is null
$$;
create function test.need_of(p_run text, p_part text) returns uuid language sql stable as $$
    select q.id from traveler.build_requirement q join traveler.part p on p.id = q.part_id
    where q.run_id = test.the(p_run) and p.part_number = p_part and q.withdrawn_at is null and q.run_step_id is not null order by q.id limit 1
$$;
create function test.changed(p_run text, p_part text, p_change jsonb) returns jsonb language sql stable as $$
    select jsonb_build_object('change_requirements', jsonb_build_array(jsonb_build_object('build_requirement_id', test.need_of(p_run, p_part)) || p_change))
$$;
create function test.a(p_run text) returns uuid language sql stable as $$ select s.id from traveler.run_step s where s.run_id = test.the(p_run) and s.position = 1 and s.parent_id is null $$;
grant execute on all functions in schema test to public;

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('part', test.part('P', 'none'));
select test.keep(n, test.part(n)) from unnest(array['BOLT', 'NUT', 'SCREW', 'WASHER']) n;
select test.keep('procedure', test.released('Build', test.the('part'), jsonb_build_array(jsonb_build_object('title', 'A', 'fields', '[{"name": "N", "type": "number", "maximum": "5", "required": false}]'::jsonb,
    'requirements', jsonb_build_array(test.line(test.the('SCREW'), '2', '{"reference_designators": ["S1", "S2"]}'), test.line(test.the('NUT'), '1'))), '{"title": "B"}'::jsonb)));
select test.keep('run ' || n, test.run(test.the('procedure'), jsonb_build_object('quantity', n::text))) from generate_series(1, 5) n;
select test.redlined('r', test.a('run 1'), jsonb_build_object(
    'change_requirements', jsonb_build_array(jsonb_build_object('build_requirement_id', test.need_of('run 1', 'SCREW'), 'quantity_per_unit', '3', 'reference_designators', '["S1", "S2", "S3"]'::jsonb)),
    'withdraw_requirements', jsonb_build_array(test.need_of('run 1', 'NUT')),
    'add_requirements', jsonb_build_array(test.line(test.the('WASHER'), '0.5', jsonb_build_object('substitute_part_ids', jsonb_build_array(test.the('BOLT')))))));
commit;

-- What a step requires ------------------------------------------------------------------------------------------------------------

begin;
select test.enter('admin');
select is(test.judged('r', 'run 2'), 'requirement:NUT A take; requirement:SCREW A take; requirement:WASHER A take', 'D4: what a step requires is a member of the preview');
select is((select jsonb_build_array(m #> '{before,quantity_per_unit}', m #> '{now,quantity_per_unit}', m #> '{after,quantity_per_unit}', m #> '{after,reference_designators}')
    from jsonb_array_elements(test.run_of('r', null, 'run 2') -> 'members') m where m ->> 'member' = 'requirement:SCREW A'), '["2", "2", "3", ["S1", "S2", "S3"]]', 'with both sides and the run between them');
select test.apply('r', null, 'run 2', 'run 3');
select is(test.needs(test.a('run 2')), test.needs(test.a('run 1')), 'applied, the step requires what the first one does');
select is((select string_agg(traveler.json_decimal(q.quantity_needed), ' ' order by q.quantity_needed) from traveler.build_requirement q where q.run_id = test.the('run 3') and q.withdrawn_at is null and q.run_step_id is not null),
    '1.5 9', 'B1: for the units of each run');
select test.act('cancel_redline', test.a('run 3'));
select is(test.needs(test.a('run 3')), 'NUT 1; SCREW 2 at S1,S2', 'canceled there, it is as before (D3)');
select test.act('release_redline', test.a('run 2'));
select is(test.judged('r', 'run 3'), 'requirement:NUT A take; requirement:SCREW A take; requirement:WASHER A take', 'and may be applied anew');
reset session authorization;
select is_empty('select * from traveler.integrity_violations', 'all is whole');
set session authorization traveler_service;
rollback;

-- Where a run differs -------------------------------------------------------------------------------------------------------------

begin;
select test.enter('admin');
select test.redlined('other', test.a('run 2'), test.changed('run 2', 'SCREW', '{"quantity_per_unit": "4"}'));
select is(test.judged('r', 'run 2'), 'requirement:NUT A take; requirement:SCREW A conflict left: It is something else there.; requirement:WASHER A take | redline_conflict', 'D4: what is something else there is a conflict');
select test.refuses($$ select test.apply('r', null, 'run 2') $$, 'TV409 D4 redline_misfits', 'which nobody guesses');
select is(test.refusal_detail($$ select test.apply('r', null, 'run 2') $$, 'runs') #>> '{0,clear}', 'Say of each which side to take, or redline that run by hand.', 'but someone decides');
select is(test.judged('r', 'run 2', '{"requirement:SCREW A": "run"}'), 'requirement:NUT A take; requirement:SCREW A conflict left: It is something else there.; requirement:WASHER A take', 'the run''s side: it stays, the rest is applied');
select test.apply('r', '{"requirement:SCREW A": "run"}', 'run 2');
select is(test.needs(test.a('run 2')), 'SCREW 4 at S1,S2; WASHER 0.5 or BOLT', 'so it is written');
select test.act('cancel_redline', test.a('run 2'));
select is(test.judged('r', 'run 2', '{"requirement": "redline"}'), 'requirement:NUT A take; requirement:SCREW A conflict: It is something else there.; requirement:WASHER A take', 'the redline''s, of a whole kind');
select test.apply('r', '{"requirement": "redline"}', 'run 2', 'run 3');
select is(test.needs(test.a('run 2')) || ' | ' || test.needs(test.a('run 3')), test.needs(test.a('run 1')) || ' | ' || test.needs(test.a('run 1')), 'is written over what the run had');
select test.act('release_redline', test.a('run 2'));
select is(test.judged('r', 'run 4', '{"requirement": "run", "requirement:NUT A": "redline"}'), 'requirement:NUT A take; requirement:SCREW A take left; requirement:WASHER A take left', 'a member''s own side goes before its kind''s');
select is(test.judged('r', 'run 4', '{"requirement": "run"}'), 'requirement:NUT A take left; requirement:SCREW A take left; requirement:WASHER A take left | nothing_to_apply', 'nothing taken is nothing to apply');
select test.refuses($$ select test.apply('r', '{"requirement": "run"}', 'run 4') $$, 'TV409 D4 redline_misfits', 'and is said so');
select test.refuses($$ select test.apply('r', '{"title": "run"}', 'run 4') $$, 'TV422 D4 take_unknown', 'what the redline leaves alone has no sides');
select test.refuses($$ select test.judged('r', 'run 4', '{"field:N": "run"}') $$, 'TV422 D4 take_unknown', 'in the preview neither');
select test.refuses($$ select test.apply('r', '{"requirement": "theirs"}', 'run 4') $$, 'TV422 D4 take_side', 'there are two sides');
select test.refuses($$ select test.apply('r', '{"requirement": null}', 'run 4') $$, 'TV422 D4 take_side', 'and one is named');
-- A run that requires it no more, and one that requires another of the part.
select test.redlined('no screw', test.a('run 4'), jsonb_build_object('withdraw_requirements', jsonb_build_array(test.need_of('run 4', 'SCREW'), test.need_of('run 4', 'NUT')),
    'add_requirements', jsonb_build_array(test.line(test.the('WASHER'), '7'))));
select is(test.judged('r', 'run 4'), 'requirement:NUT A same left; requirement:SCREW A conflict left: The run''s step requires it no more.; requirement:WASHER A conflict left: It is something else there. | redline_conflict',
    'withdrawn there, or asked for otherwise');
select test.apply('r', '{"requirement": "redline"}', 'run 4');
select is(test.needs(test.a('run 4')), test.needs(test.a('run 1')), 'both are decided');
rollback;
begin;
select test.enter('admin');
select test.redlined('again', test.a('run 2'), jsonb_build_object('add_requirements', jsonb_build_array(test.line(test.the('SCREW'), '9'), test.line(test.the('SCREW'), '8'))));
select test.redlined('less', test.a('run 2'), jsonb_build_object('withdraw_requirements', jsonb_build_array(test.need_of('run 2', 'SCREW'))));
select is(test.judged('r', 'run 2', '{"requirement": "redline"}'), 'requirement:NUT A take; requirement:SCREW A conflict left: The run''s step requires this part several times.; requirement:WASHER A take | redline_conflict',
    'of several of a part nobody guesses which');
-- The same twice, one of them changed.
select test.redlined('two', test.a('run 3'), jsonb_build_object('add_requirements', jsonb_build_array(test.line(test.the('BOLT'), '1'), test.line(test.the('BOLT'), '1'))));
select test.redlined('two there', test.a('run 4'), jsonb_build_object('add_requirements', jsonb_build_array(test.line(test.the('BOLT'), '1'), test.line(test.the('BOLT'), '1'))));
select test.redlined('one', test.a('run 3'), test.changed('run 3', 'BOLT', '{"quantity_per_unit": "5"}'));
select test.apply('one', null, 'run 4');
select is(test.needs(test.a('run 4')), 'BOLT 1; BOLT 5; NUT 1; SCREW 2 at S1,S2', 'of two that are alike, one is changed as one was');
rollback;

-- What is installed (B2) ------------------------------------------------------------------------------------------------------------

begin;
select test.enter('admin');
select test.receive(test.the(n), '50') from unnest(array['NUT', 'SCREW']) n;
select test.start(test.a('run 2'));
select test.install(test.need_of('run 2', 'NUT'), (select i.id from traveler.part_inventory i where i.part_id = test.the('NUT')), '1');
select is(test.judged('r', 'run 2'), 'requirement:NUT A conflict left: Something is installed for it there.; requirement:SCREW A take; requirement:WASHER A take | redline_conflict', 'B2: nothing is taken from under what is installed');
select is(test.judged('r', 'run 2', '{"requirement": "redline"}') ~ 'redline_conflict$', true, 'whichever side is asked for');
select test.apply('r', '{"requirement:NUT A": "run"}', 'run 2');
select is(test.needs(test.a('run 2')), 'NUT 1; SCREW 3 at S1,S2,S3; WASHER 0.5 or BOLT', 'it is left to the run');
rollback;
begin;
select test.enter('admin');
select test.receive(test.the('SCREW'), '50');
select test.start(test.a('run 2'));
select test.install(test.need_of('run 2', 'SCREW'), (select i.id from traveler.part_inventory i where i.part_id = test.the('SCREW')), '1');
select is(test.judged('r', 'run 2'), 'requirement:NUT A take; requirement:SCREW A take; requirement:WASHER A take', 'more of it may be asked for');
select test.redlined('fewer', test.a('run 3'), test.changed('run 3', 'SCREW', '{"quantity_per_unit": "1", "reference_designators": ["S1"]}'));
select is(test.judged('fewer', 'run 2'), 'requirement:SCREW A conflict left: Something is installed for it there. | redline_conflict', 'less not');
rollback;

-- Texts and fields --------------------------------------------------------------------------------------------------------------------

begin;
select test.enter('admin');
select test.redlined('t', test.a('run 1'), jsonb_build_object('title', 'A1', 'instructions', 'Do.', 'change_fields', jsonb_build_array(jsonb_build_object('field_id', test.field(test.the('run 1'), 'N'), 'maximum', '7')),
    'add_fields', '[{"name": "New", "type": "text"}]'::jsonb));
select test.redlined('u', test.a('run 2'), jsonb_build_object('title', 'A2', 'change_fields', jsonb_build_array(jsonb_build_object('field_id', test.field(test.the('run 2'), 'N'), 'unit', 'mm')),
    'add_fields', '[{"name": "New", "type": "number"}]'::jsonb));
select is(test.judged('t', 'run 2', '{"field": "redline", "title": "run"}'),
    'field:N conflict: It is something else there.; field:New conflict left: The run''s step has another field of this name.; instructions take; title conflict left: It is something else there. | redline_conflict',
    'a field is never made one of another type');
select test.apply('t', '{"field:N": "redline", "field:New": "run", "title": "redline"}', 'run 2');
select is((select s.title || ' ' || s.instructions from traveler.run_step s where s.id = test.a('run 2')) || (select string_agg(format(' %s %s %s %s', f.name, f.type, f.unit, f.maximum), '' order by f.name)
    from traveler.run_step_field f where f.run_step_id = test.a('run 2') and f.withdrawn_at is null), 'A1 Do. N number  7 New number  ', 'member by member');
select test.redlined('gone', test.step(test.the('run 1'), 'B'), '{"remove": true}');
select test.redlined('text', test.step(test.the('run 3'), 'B'), '{"instructions": "Else."}');
select is(test.judged('gone', 'run 3') || '; ' || test.judged('gone', 'run 3', '{"step": "redline"}'), 'step conflict left: The run''s step is not as it was removed. | redline_conflict; step conflict: The run''s step is not as it was removed.',
    'a removal is decided too');
select test.apply('gone', '{"step": "redline"}', 'run 3');
select test.act('release_redline', test.step(test.the('run 3'), 'B'));
select is((select s.withdrawn_at is not null from traveler.run_step s where s.id = test.step(test.the('run 3'), 'B')), true, 'and is one');
-- A place.
select test.redlined('first', test.step(test.the('run 4'), 'B'), '{"after": null}');
select test.keep('X', (traveler.add_step(test.the('run 5'), jsonb_build_object('title', 'X', 'reason', 'x', 'after', test.a('run 5'))) ->> 'id')::uuid);
select test.act('release_redline', test.the('X'));
select is(test.judged('first', 'run 5'), 'after conflict left: It stands elsewhere there. | redline_conflict', 'a place is decided too');
select test.apply('first', '{"after": "redline"}', 'run 5');
select is((select string_agg(s.title, ' ' order by s.position) from traveler.run_step s where s.run_id = test.the('run 5')), 'B A X', 'and taken');
rollback;

-- Steps that are added, with what they require and demand ---------------------------------------------------------------------------------

begin;
select test.enter('admin');
select test.keep('other', test.released('Other', test.part('OTHER'), jsonb_build_array(jsonb_build_object('title', 'Plate', 'outside_process', true, 'approvals', '[{"role": "quality", "approvers": 2}]'::jsonb,
    'requirements', jsonb_build_array(test.line(test.the('BOLT'), '4'))))));
select test.keep('plate', (traveler.copy_step(test.the('run 1'), jsonb_build_object('reason', 'x', 'after', test.a('run 1'),
    'procedure_step_id', (select s.id from traveler.procedure_step s where s.procedure_id = test.the('other')))) ->> 'id')::uuid);
select test.act('release_redline', test.the('plate'));
select test.keep('add plate', (select d.id from traveler.redline d where d.run_step_id = test.the('plate')));
select is((select m #> '{after,approvals}' || jsonb_build_array(m #> '{after,outside_process}') from jsonb_array_elements(test.run_of('add plate', null, 'run 2') -> 'members') m),
    '[{"role": "quality", "approvers": 2}, true]', 'D4: the preview says what comes with an added step');
select test.keep('batch', (traveler.create_batch(jsonb_build_object('run_ids', jsonb_build_array(test.the('run 2'), test.the('run 3')))) ->> 'id')::uuid);
select test.apply('add plate', null, 'run 2', 'run 4');
select is((select string_agg(format('%s: %s %s %s %s', r.number, s.outside_process, s.sibling_id is null, test.needs(s.id), (select string_agg(a.approvers::text, ',') from traveler.run_step_approval_requirement a where a.run_step_id = s.id)),
        '; ' order by r.number) from traveler.run_step s join traveler.run r on r.id = s.run_id where s.title = 'Plate' and s.state = 'redline'),
    '2: t t BOLT 4 2; 3: t t BOLT 4 2; 4: t t BOLT 4 2', 'P5, O1, K2: a step with approvals, of a supplier, is added as it is; siblings get one each, alone');
select is((select string_agg(s.title, ' ' order by s.position) from traveler.run_step s where s.run_id = test.the('run 2')), 'A Plate B', 'in its place');
reset session authorization;
select is_empty('select * from traveler.integrity_violations', 'all is whole');
set session authorization traveler_service;
rollback;

-- Siblings (K3) ---------------------------------------------------------------------------------------------------------------------------

begin;
select test.enter('admin');
select test.keep('batch', (traveler.create_batch(jsonb_build_object('run_ids', jsonb_build_array(test.the('run 2'), test.the('run 3')))) ->> 'id')::uuid);
select test.redlined('other', test.a('run 2'), test.changed('run 2', 'SCREW', '{"quantity_per_unit": "4"}'));
select test.refuses($$ select test.apply('r', null, 'run 2') $$, 'TV409 D4 redline_misfits', 'K3: siblings differ as one');
select test.apply('r', '{"requirement": "redline"}', 'run 2');
select test.act('release_redline', test.a('run 3'));
select is(test.needs(test.a('run 2')) || ' | ' || test.needs(test.a('run 3')), test.needs(test.a('run 1')) || ' | ' || test.needs(test.a('run 1')), 'and are given the same side');
rollback;

-- A run with a group that was split off: what it needs follows (X2).
begin;
select test.enter('admin');
select test.keep('issue', (traveler.create_issue(jsonb_build_object('title', 'Scratched', 'run_id', test.the('run 4'))) ->> 'id')::uuid);
select traveler.split_run(test.the('run 4'), null, null, jsonb_build_object('issue_id', test.the('issue'), 'quantity', '1', 'reason', 'x'), '{}');
select test.apply('r', null, 'run 4');
select is((select string_agg(traveler.json_decimal(q.quantity_needed), ' ' order by q.quantity_needed) from traveler.build_requirement q join traveler.part p on p.id = q.part_id
    where q.run_id = test.the('run 4') and p.part_number = 'SCREW' and q.withdrawn_at is null), '3 9', 'X2: its group needs what its units need');
rollback;

reset session authorization;
select test.whole();
select * from finish();
