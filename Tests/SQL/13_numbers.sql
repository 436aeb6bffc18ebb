-- I1: serial and lot numbers by the part's own pattern.
\ir support/world.psql
select plan(27);

create function test.numbers(p_run text) returns text language sql stable as $$
    select string_agg(coalesce(i.serial_number, i.lot_number), ' ' order by i.serial_number) from traveler.run_inventory ri join traveler.part_inventory i on i.id = ri.part_inventory_id
    where ri.run_id = test.the(p_run)
$$;
create function test.number(p_part text, p_request jsonb default '{}') returns text language sql as $$
    select coalesce(x ->> 'serial_number', x ->> 'lot_number')
    from traveler.receive_inventory(jsonb_build_object('part_id', test.the(p_part), 'generate', true) || p_request) x
$$;
grant execute on all functions in schema test to public;

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('motor', test.part('MOTOR', 'serial', '{"number_pattern": "M-{000}"}')), test.keep('glue', test.part('GLUE', 'lot', '{"number_pattern": "{00}/26"}')),
    test.keep('plain', test.part('PLAIN', 'serial'));
select test.keep('build', test.released('Build', test.the('motor'), '[{"title": "A"}]')), test.keep('mix', test.released('Mix', test.the('glue'), '[{"title": "A"}]')),
    test.keep('make', test.released('Make', test.the('plain'), '[{"title": "A"}]'));
select test.refuses(format($$ select test.part('X', 'lot', '{"number_pattern": %s}') $$, to_json(pattern)), '23514 part_number_pattern_form', format('%s is no pattern', pattern))
from unnest(array['SN', '{}', '{1}', '{0}{0}', '{0}}', 'A{{0}', '{0000000000000}', '']) pattern;
select test.refuses($$ select test.part('X', 'none', '{"number_pattern": "{0}"}') $$, '23514 part_number_pattern_form', 'what is not tracked has no numbers');
select is(traveler.part_json(test.the('motor')) ->> 'number_pattern', 'M-{000}', 'a part says how its numbers read');
commit;

begin;
select test.enter('admin');
select is(test.number('motor'), 'M-001', 'the first');
select is(test.number('motor'), 'M-002', 'and the next');
select is(test.number('glue', '{"quantity": "5"}'), '01/26', 'a lot has one number');
select test.keep('run', test.run(test.the('build'), '{"quantity": "3", "generate": true}'));
select is(test.numbers('run'), 'M-003 M-004 M-005', 'the units of a run have one each');
select test.keep('batch', test.run(test.the('mix'), '{"quantity": "3", "generate": true}'));
select is(test.numbers('batch'), '02/26', 'its lot one');
select test.receive(test.the('motor'), '1', '{"serial_number": "M-006"}'), test.receive(test.the('motor'), '1', '{"serial_number": "M-008"}');
select test.keep('run 2', test.run(test.the('build'), '{"quantity": "3", "generate": true}'));
select is(test.numbers('run 2'), 'M-007 M-009 M-010', 'numbers that came from elsewhere are stepped over');
select test.receive(test.the('glue'), '1', '{"lot_number": "03/26"}');
select is(test.number('glue'), '04/26', 'those of lots too');
select test.receive(test.the('plain'), '1', '{"serial_number": "M-011"}');
select is(test.number('motor'), 'M-011', 'another part''s are its own');
select test.refuses($$ select test.number('motor', '{"serial_number": "X"}') $$, 'TV422 I1 number_given', 'a number is given or generated');
select test.refuses($$ select test.run(test.the('build'), '{"serial_numbers": ["X"], "generate": true}') $$, 'TV422 I1 number_given', 'not both');
select test.refuses($$ select test.run(test.the('mix'), '{"lot_number": "X", "generate": true}') $$, 'TV422 I1 number_given', 'for a lot neither');
select test.refuses($$ select test.number('plain') $$, 'TV422 I1 number_pattern_missing', 'without a pattern nothing is generated');
select test.refuses($$ select test.run(test.the('make'), '{"generate": true}') $$, 'TV422 I1 number_pattern_missing', 'for a run neither');
select traveler.change_part(test.the('motor'), null, '{"number_pattern": "M{0}"}');
select is(test.number('motor'), 'M12', 'a new pattern goes on counting');
select traveler.change_part(test.the('motor'), null, '{"number_pattern": null}');
select test.refuses($$ select test.number('motor') $$, 'TV422 I1 number_pattern_missing', 'a pattern is taken away');
select is(test.number('glue', '{"generate": false, "lot_number": "Z"}'), 'Z', 'who does not ask is not given one');
commit;
reset session authorization;
select test.whole();
select * from finish();
