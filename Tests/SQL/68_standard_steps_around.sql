-- What is around standard steps: copies of steps that refer to one (P2, D1), and siblings in steps that were pulled otherwise (K2).
\ir support/world.psql
select plan(9);

create function test.standard(p_instructions text) returns uuid language plpgsql as $$
declare
    v_id uuid := (select p.id from traveler.procedure p where p.standard order by p.version_number desc limit 1);
begin
    if v_id is null then
        v_id := (traveler.create_procedure(jsonb_build_object('title', 'Torque', 'standard', true, 'steps', jsonb_build_array(jsonb_build_object('title', 'It', 'instructions', p_instructions)))) ->> 'id')::uuid;
    else
        v_id := (traveler.new_procedure_version(v_id) ->> 'id')::uuid;
        perform traveler.replace_procedure(v_id, null, jsonb_build_object('title', 'Torque', 'steps', jsonb_build_array(jsonb_build_object('title', 'It', 'instructions', p_instructions))));
    end if;
    perform traveler.move_procedure(v_id, null, 'released');
    return (select p.family_id from traveler.procedure p where p.id = v_id);
end
$$;
create function test.copied(p_title text) returns jsonb language sql as $$
    select traveler.copy_step(test.the('run 1'), jsonb_build_object('reason', 'x', 'procedure_step_id', (select s.id from traveler.procedure_step s join traveler.procedure p on p.id = s.procedure_id
        where s.title = p_title and p.state = 'released')))
$$;
create function test.siblings(p_batch uuid) returns text language sql stable as $$
    select string_agg(format('%s %s', y ->> 'title', y ->> 'steps'), ', ' order by y ->> 'title') from jsonb_array_elements(traveler.batch_json(p_batch) -> 'siblings') y
$$;
grant execute on all functions in schema test to public;

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('part', test.part('P', 'serial')), test.keep('torque', test.standard('Tighten.'));
select test.keep('procedure', test.released('Build', test.the('part'), jsonb_build_array(
    jsonb_build_object('title', 'Frame', 'steps', jsonb_build_array(jsonb_build_object('title', 'Fasten', 'standard_id', test.the('torque'), 'steps', '[{"title": "Wipe"}]'::jsonb), '{"title": "Sand"}'::jsonb)),
    '{"title": "Paint"}'::jsonb)));
select test.keep('run ' || n, test.run(test.the('procedure'), jsonb_build_object('serial_numbers', jsonb_build_array(n::text)))) from generate_series(1, 2) n;
select test.standard('Tighten twice.');
select test.keep('run ' || n, test.run(test.the('procedure'), jsonb_build_object('serial_numbers', jsonb_build_array(n::text)))) from generate_series(3, 4) n;
commit;

begin;
select test.enter('engineer');
select test.refuses($$ select test.copied('Fasten') $$, 'TV409 P2 standard_step_referred', 'P2: what is pulled from a standard step is copied from that');
select test.refuses($$ select test.copied('Frame') $$, 'TV409 P2 standard_step_referred', 'wherever it is nested');
select is(test.refusal_detail($$ select test.copied('Frame') $$, 'hint'), '"Copy the step of that instead."', 'and the refusal says so');
select test.refuses($$ select test.copied('Sand') $$, 'went through', 'what is beside it is copied');
select test.refuses($$ select test.copied('It') $$, 'went through', 'and so is the standard step''s own');
select is((select s.instructions from traveler.run_step s where s.title = 'It'), 'Tighten twice.', 'as it is released');
rollback;

-- K2: the same step in steps that are not the same: the one around it was pulled at another release.
begin;
select test.enter('admin');
select test.keep('batch', (traveler.create_batch(jsonb_build_object('run_ids', jsonb_build_array(test.the('run 1'), test.the('run 3')))) ->> 'id')::uuid);
select is(test.siblings(test.the('batch')), 'Frame 2, Paint 2, Sand 2', 'K2: steps that are nested in steps which differ are no siblings');
select test.keep('alike', (traveler.create_batch(jsonb_build_object('run_ids', jsonb_build_array(test.the('run 4'), test.run(test.the('procedure'), '{"serial_numbers": ["5"]}')))) ->> 'id')::uuid);
select is(test.siblings(test.the('alike')), 'Fasten 2, Frame 2, Paint 2, Sand 2, Wipe 2', 'in steps that are alike they are');
rollback;

reset session authorization;
select test.whole();
select * from finish();
