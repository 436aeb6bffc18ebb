-- Steps moved among those beside them by redline: D1 (one row changes; before and after kept), D3 (canceled, all is as before), D4 (merged, applied), K3.
\ir support/world.psql
select plan(61);

create function test.act(p_act text, p_step uuid, p_siblings text default null) returns jsonb
language sql as $$ select traveler.act_on_steps(p_act, array[p_step], null, 'x', false, p_siblings) $$;
create function test.edit(p_step uuid, p_request jsonb) returns jsonb language sql as $$ select traveler.edit_redline(p_step, null, p_request) $$;
create function test.after(p_step uuid, p_after uuid) returns jsonb language sql as $$ select test.edit(p_step, jsonb_build_object('after', p_after)) $$;
create function test.moved(p_name text, p_step uuid, p_after uuid) returns void language plpgsql as $$
begin
    perform test.act('redline', p_step), test.after(p_step, p_after);
    perform test.keep(p_name, (select d.id from traveler.redline d where d.run_step_id = p_step and d.closed_at is null));
    perform test.act('release_redline', p_step);
end
$$;
-- The steps beside each other, in their order, with their places.
create function test.row_of(p_run uuid, p_in text default null) returns text language sql stable as $$
    select string_agg(s.title || ' ' || s.position, ', ' order by s.position) from traveler.run_step s left join traveler.run_step p on p.id = s.parent_id
    where s.run_id = p_run and s.withdrawn_at is null and p.title is not distinct from p_in
$$;
create function test.titles(p_run uuid) returns text language sql stable as $$
    select string_agg(s.title, ' ' order by s.position) from traveler.run_step s where s.run_id = p_run and s.withdrawn_at is null and s.parent_id is null
$$;
create function test.procedure_titles(p_procedure uuid) returns text language sql stable as $$
    select string_agg(s.title || s.position, ' ' order by s.position) from traveler.procedure_step s where s.procedure_id = p_procedure and s.parent_id is null
$$;
create function test.rows_of(p_run uuid) returns jsonb language sql stable as $$
    select jsonb_object_agg(s.title, to_jsonb(s) - 'version') from traveler.run_step s where s.run_id = p_run
$$;
create function test.outcomes(p_redline text, p_request jsonb default '{}') returns text language sql as $$
    select string_agg(format('%s %s %s>%s>%s%s', m ->> 'member', m ->> 'outcome', m -> 'then', m -> 'now', m -> 'run', ' ' || (m ->> 'why')), '; ' order by m ->> 'member')
    from jsonb_array_elements(traveler.redline_merge_preview(test.the(p_redline), p_request) -> 'members') m
$$;
create function test.judged(p_redline text, p_run text) returns text language sql as $$
    select string_agg(format('%s %s %s>%s>%s%s', m ->> 'member', m ->> 'outcome', m -> 'before', m -> 'now', m -> 'after', ' ' || (m ->> 'why')), '; ' order by m ->> 'member')
    from jsonb_array_elements(traveler.redline_application_preview(test.the(p_redline), jsonb_build_object('run_ids', jsonb_build_array(test.the(p_run)))) #> '{runs,0,members}') m
$$;
create function test.applied(p_redline text, p_run text) returns void language plpgsql as $$
declare
    v_step uuid := (traveler.apply_redline(test.the(p_redline), jsonb_build_object('run_ids', jsonb_build_array(test.the(p_run)))) #>> '{applied,0,run_step_id}')::uuid;
begin
    perform test.act('release_redline', v_step);
end
$$;
grant execute on all functions in schema test to public;

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('part', test.part('P', 'serial'));
select test.keep('v1', test.released('Build', test.the('part'), '[{"key": "a", "title": "A"}, {"title": "B"}, {"title": "C"}, {"title": "P", "steps": [{"title": "P1"}, {"title": "P2"}, {"title": "P3"}]}, {"title": "Q"}]'));
select test.keep('run', test.run(test.the('v1'), '{"serial_numbers": ["U1"]}')), test.keep('other', test.run(test.the('v1'), '{"serial_numbers": ["U2"]}'));
select test.keep(s.title, s.id) from traveler.run_step s where s.run_id = test.the('run');
commit;

-- A number between two: short ones, and many of them.
reset session authorization;
select is((select string_agg(traveler_private.place_between(x.low, x.high)::text, ' ' order by x.low, x.high) from (values (0, 1), (1, 2), (1, 1.5), (1, null), (1.5, 2), (1.5, null), (2.5, 7)) x (low, high)),
    '0.5 1.4 1.5 2 1.6 2 3', 'a place is the shortest number in the gap');
create function test.fill(p_from_below boolean) returns integer language plpgsql as $$
declare
    v_low double precision := 41;
    v_high double precision := 42;
    v_place double precision;
begin
    for n in 1 .. 1000 loop
        v_place := traveler_private.place_between(v_low, v_high);
        if v_place is null then
            return n - 1;
        end if;
        if not (v_place > v_low and v_place < v_high and v_place::numeric::double precision = v_place) then
            raise exception '% is not between % and %', v_place, v_low, v_high;
        end if;
        if p_from_below then v_low := v_place; else v_high := v_place; end if;
    end loop;
end
$$;
select cmp_ok(test.fill(true), '>=', 100, 'a hundred steps fit in one after the other');
select cmp_ok(test.fill(false), '>=', 100, 'and as many each before the last');
set session authorization traveler_service;

-- One row changes ---------------------------------------------------------------------------------------------------------------

begin;
select test.enter('engineer');
select test.rows_of(test.the('run')) as was \gset
select test.refuses($$ select test.after(test.the('Q'), test.the('A')) $$, 'TV409 P2 run_is_a_copy', 'a step is moved while it is in redline only');
select test.act('redline', test.the('Q'));
select is((select d.before ->> 'stands_after' from traveler.redline d), test.the('P')::text, 'D1: the redline keeps which step it came after');
select test.after(test.the('Q'), test.the('A'));
select is(test.row_of(test.the('run')), 'A 1, Q 1.5, B 2, C 3, P 4', 'moved, it stands between two others');
select is(traveler.step_json(test.the('Q')) ->> 'position', '1.5', 'its place is a plain number');
select is((select jsonb_object_agg(r.key, r.value) from jsonb_each(test.rows_of(test.the('run'))) r where r.key <> 'Q'), :'was'::jsonb - 'Q', 'no other row is written');
select test.after(test.the('Q'), null);
select is(test.titles(test.the('run')), 'Q A B C P', 'null is the first place');
select test.after(test.the('Q'), test.the('C'));
select is(test.row_of(test.the('run')), 'A 1, B 2, C 3, Q 3.5, P 4', 'it is moved as often as is wanted');
select test.after(test.the('Q'), test.the('C'));
select is(test.row_of(test.the('run')), 'A 1, B 2, C 3, Q 3.5, P 4', 'where it stands already it stays');
select test.act('release_redline', test.the('Q'));
select is((select jsonb_build_array(d.before -> 'position', d.after -> 'position', d.before -> 'stands_after', d.after -> 'stands_after') from traveler.redline d),
    jsonb_build_array(5, 3.5, test.the('P'), test.the('C')), 'released, the redline says from where to where');
select is((select string_agg(s ->> 'title', ' ' order by s.ordinality) from jsonb_array_elements(traveler.run_json(test.the('run')) -> 'steps') with ordinality s (s, ordinality) where s ->> 'parent_id' is null),
    'A B C Q P', 'the run is read in that order');
reset session authorization;
select is((select string_agg(s ->> 'title', ' ' order by s.ordinality) from jsonb_array_elements(traveler.run_as_of(test.the('run'), clock_timestamp()) -> 'steps') with ordinality s (s, ordinality)
    where s ->> 'parent_id' is null), 'A B C Q P', 'from its history too');
select is_empty('select * from traveler.integrity_violations', 'and all is whole');
set session authorization traveler_service;
rollback;

-- Canceled (D3) -----------------------------------------------------------------------------------------------------------------

begin;
select test.enter('engineer');
select test.rows_of(test.the('run')) as was \gset
select test.act('redline', test.the('B')), test.after(test.the('B'), test.the('Q'));
select test.act('redline', test.the('P')), test.after(test.the('P'), test.the('A'));
select is(test.row_of(test.the('run')), 'A 1, P 1.5, C 3, Q 5, B 6', 'what a redline may give back its place, nobody takes');
select test.act('cancel_redline', test.the('B'));
select is(test.row_of(test.the('run')), 'A 1, P 1.5, B 2, C 3, Q 5', 'canceled, it stands where it stood');
select test.act('cancel_redline', test.the('P'));
select is(test.rows_of(test.the('run')), :'was'::jsonb, 'to the byte');
select test.act('redline', test.the('Q')), test.after(test.the('Q'), test.the('A'));
select test.keep('last', (traveler.add_step(test.the('run'), '{"title": "L", "reason": "x"}') ->> 'id')::uuid);
select is(test.row_of(test.the('run')), 'A 1, Q 1.5, B 2, C 3, P 4, L 6', 'a step that is added comes after the place of a last one that is away');
select test.act('cancel_redline', test.the('Q')), test.act('release_redline', test.the('last'));
select is(test.row_of(test.the('run')), 'A 1, B 2, C 3, P 4, Q 5, L 6', 'which comes back');
select test.act('redline', test.the('Q')), test.after(test.the('Q'), test.the('A')), test.after(test.the('Q'), test.the('P'));
select is(test.row_of(test.the('run')), 'A 1, B 2, C 3, P 4, Q 5, L 6', 'moved back by hand it has its own place again');
rollback;

-- Refused by name ---------------------------------------------------------------------------------------------------------------

begin;
select test.enter('engineer');
select test.act('redline', test.the('C')), test.edit(test.the('C'), '{"remove": true}'), test.act('release_redline', test.the('C'));
select test.act('redline', test.the('P1')), test.act('redline', test.the('B'));
select test.refuses($$ select test.after(test.the('B'), test.the('B')) $$, 'TV422 D1 after_itself', 'not after itself');
select test.refuses($$ select test.after(test.the('B'), test.the('P2')) $$, 'TV422 D1 after_not_beside', 'nor after a step that is nested elsewhere');
select test.refuses($$ select test.after(test.the('P1'), test.the('P')) $$, 'TV422 D1 after_not_beside', 'nor after the one around it');
select test.refuses($$ select test.after(test.the('B'), test.the('C')) $$, 'TV409 D6 after_withdrawn', 'nor after a withdrawn one');
select test.refuses($$ select test.after(test.the('B'), test.step(test.the('other'), 'A')) $$, 'TV404 T1 step_unknown', 'nor after another run''s');
select test.refuses($$ select test.after(test.the('B'), traveler.new_id()) $$, 'TV404 T1 step_unknown', 'nor after one that there is not');
select test.refuses($$ select traveler.add_step(test.the('run'), jsonb_build_object('title', 'X', 'reason', 'x', 'after', test.the('P1'))) $$, 'TV422 D1 after_not_beside', 'a new step neither');
select test.enter('technician');
select test.refuses($$ select test.after(test.the('B'), test.the('A')) $$, 'TV403 T3 permission_missing', 'who may redline moves steps');
rollback;
begin;
select test.enter('admin');
select test.act('redline', test.the('B')), test.act('redline', test.the('C'));
commit;
reset session authorization;
set role traveler_owner;
begin;
select test.enter_owner();
select test.refuses(s.statement, s.refusal, 'the owner by SQL: ' || s.what) from (values
    ('a step that is in no redline', $$ update traveler.run_step set position = 9 where id = test.the('A') $$, 'TV409 P2 run_is_a_copy'),
    ('the place of another', $$ update traveler.run_step set position = 1 where id = test.the('B') $$, '23505 run_step_position_key'),
    ('no place', $$ update traveler.run_step set position = 'NaN' where id = test.the('B') $$, '23514 run_step_position_plain'),
    ('before all numbers', $$ update traveler.run_step set position = 0 where id = test.the('B') $$, '23514 run_step_position_plain'),
    ('beyond all', $$ update traveler.run_step set position = 'Infinity' where id = test.the('B') $$, '23514 run_step_position_plain'),
    ('a number that reads as another', $$ update traveler.run_step set position = 1.2345678901234567 where id = test.the('B') $$, '23514 run_step_position_plain')) s (what, statement, refusal);
-- A gap that is full.
update traveler.run_step set position = 1.00000000000001 where id = test.the('B');
select test.refuses($$ select traveler_private.place_steps(array[test.the('C')], array[test.the('A')]) $$, 'TV409 D1 place_too_narrow', 'where no number is left, it says so');
rollback;
reset role;
set session authorization traveler_service;
begin;
select test.enter('admin');
select test.act('cancel_redline', test.the('B')), test.act('cancel_redline', test.the('C'));
commit;

-- New steps and copies take a place ---------------------------------------------------------------------------------------------

begin;
select test.enter('engineer');
select test.keep('X', (traveler.add_step(test.the('run'), jsonb_build_object('title', 'X', 'reason', 'x', 'after', test.the('A'))) ->> 'id')::uuid);
select test.keep('Y', (traveler.add_step(test.the('run'), '{"title": "Y", "reason": "x", "after": null}') ->> 'id')::uuid);
select test.keep('Z', (traveler.add_step(test.the('run'), jsonb_build_object('title', 'Z', 'reason', 'x', 'parent_id', test.the('P'), 'after', test.the('P2'))) ->> 'id')::uuid);
select is(test.row_of(test.the('run')) || ' | ' || test.row_of(test.the('run'), 'P'), 'Y 0.5, A 1, X 1.5, B 2, C 3, P 4, Q 5 | P1 1, P2 2, Z 2.5, P3 3', 'a step is added after another, or first');
select test.act('release_redline', test.the('Z'));
select test.keep('copy', (traveler.copy_step(test.the('run'), jsonb_build_object('run_step_id', test.the('P'), 'reason', 'x', 'title', 'P again', 'after', test.the('B'))) ->> 'id')::uuid);
select is(test.row_of(test.the('run')) || ' | ' || test.row_of(test.the('run'), 'P again'), 'Y 0.5, A 1, X 1.5, B 2, P again 2.5, C 3, P 4, Q 5 | P1 1, P2 2, Z 2.5, P3 3',
    'so is a copy, what is in it in its order');
select test.after(test.the('copy'), test.the('Q')), test.after(test.the('Y'), test.the('A'));
select is(test.titles(test.the('run')), 'A Y X B C P Q P again', 'as long as it is open it is moved');
select test.act('cancel_redline', test.the('X'));
select is(test.titles(test.the('run')), 'A Y B C P Q P again', 'canceled, it stands nowhere');
rollback;

-- Merged into the procedure (D4) ------------------------------------------------------------------------------------------------

begin;
select test.enter('engineer');
select test.moved('r', test.the('Q'), test.the('A'));
select is(test.outcomes('r'), 'after take "P">"P">"A"', 'D4: where it stands is a member of the merge, on three sides');
select test.moved('r2', test.the('P3'), null);
select test.keep('X', (traveler.add_step(test.the('run'), jsonb_build_object('title', 'X', 'reason', 'x', 'after', test.the('B'))) ->> 'id')::uuid);
select test.act('release_redline', test.the('X'));
select test.keep('add X', (select d.id from traveler.redline d where d.run_step_id = test.the('X')));
select test.moved('after X', test.the('A'), test.the('X'));
select is(test.outcomes('after X'), 'after conflict null>null>"X" The procedure has no such step beside it.', 'what the procedure has not is a conflict');
select test.keep('v2', (traveler.merge_redline(test.the('r'), '{}') ->> 'id')::uuid);
select is(test.procedure_titles(test.the('v2')), 'A1 Q2 B3 C4 P5', 'merged, the procedure has it there');
select traveler.merge_redline(test.the('r2'), '{}');
select traveler.merge_redline(test.the('add X'), '{}');
select is(test.procedure_titles(test.the('v2')), 'A1 Q2 B3 X4 C5 P6', 'a step that was added too');
select is(test.outcomes('after X'), 'after take null>null>"X"', 'and what comes after it comes next');
select traveler.merge_redline(test.the('after X'), '{}');
select traveler.move_procedure(test.the('v2'), null, 'released');
select test.keep('new', test.run(test.the('v2'), '{"serial_numbers": ["U3"]}'));
select is(test.titles(test.the('new')) || ' | ' || test.row_of(test.the('new'), 'P'), test.titles(test.the('run')) || ' | P3 1, P1 2, P2 3', 'a new run is in the order of the redlined one');
rollback;
begin;
select test.enter('engineer');
select test.moved('r', test.the('Q'), test.the('A'));
select test.keep('v2', (traveler.new_procedure_version(test.the('v1')) ->> 'id')::uuid);
reset session authorization;
update traveler.procedure_step s set position = case s.title when 'Q' then 4 when 'P' then 5 end where s.procedure_id = test.the('v2') and s.title in ('P', 'Q');
set session authorization traveler_service;
select is(test.outcomes('r'), 'after conflict "P">"C">"A" It moved in the procedure since, or another step came before it.', 'where both moved it, nobody guesses');
select test.refuses($$ select traveler.merge_redline(test.the('r'), '{}') $$, 'TV409 D4 merge_conflict', 'nor merges');
select traveler.merge_redline(test.the('r'), '{"take": {"after": "run"}}');
select is(test.procedure_titles(test.the('v2')), 'A1 Q2 B3 C4 P5', 'until someone says which');
rollback;

-- Applied to another run (D4) ---------------------------------------------------------------------------------------------------

begin;
select test.enter('engineer');
select test.moved('r', test.the('Q'), test.the('A'));
select is(test.judged('r', 'other'), 'after take "P">"P">"A"', 'D4: it is applied where the step stands as it stood here');
select test.applied('r', 'other');
select is(test.row_of(test.the('other')), 'A 1, Q 1.5, B 2, C 3, P 4', 'and stands there as here');
select test.moved('r2', test.the('C'), null);
select test.moved('there', test.step(test.the('other'), 'C'), test.step(test.the('other'), 'A'));
select is(test.judged('r2', 'other'), 'after conflict "B">"A">null It stands elsewhere there.', 'where it stands elsewhere, it is a conflict');
select test.keep('X', (traveler.add_step(test.the('run'), jsonb_build_object('title', 'X', 'reason', 'x', 'after', test.the('A'))) ->> 'id')::uuid);
select test.act('release_redline', test.the('X'));
select test.keep('add X', (select d.id from traveler.redline d where d.run_step_id = test.the('X')));
select test.moved('r3', test.the('B'), test.the('X'));
select is(test.judged('r3', 'other'), 'after conflict "Q">"Q">"X" The run has no such step beside it.', 'as where there is no step to come after');
select test.applied('add X', 'other');
select is(test.titles(test.the('other')), 'A X C Q B P', 'an added step comes after the same one');
select test.applied('r3', 'other');
select is(test.titles(test.the('other')), 'A X B C Q P', 'and then the other after it');
rollback;

-- Siblings (K3) -----------------------------------------------------------------------------------------------------------------

begin;
select test.enter('admin');
select test.keep('batch', (traveler.create_batch(jsonb_build_object('run_ids', jsonb_build_array(test.the('run'), test.the('other')))) ->> 'id')::uuid);
select test.act('redline', test.the('Q'));
select test.after(test.the('Q'), test.the('A'));
select is(test.titles(test.the('run')) || ' | ' || test.titles(test.the('other')), 'A Q B C P | A Q B C P', 'K3: siblings are moved together');
select traveler.add_step(test.the('other'), jsonb_build_object('title', 'X', 'reason', 'x', 'after', test.step(test.the('other'), 'B')));
select is(test.titles(test.the('run')) || ' | ' || test.titles(test.the('other')), 'A Q B X C P | A Q B X C P', 'added in the same place');
select traveler.copy_step(test.the('run'), jsonb_build_object('run_step_id', test.the('C'), 'reason', 'x', 'title', 'C again', 'after', test.the('A')));
select is(test.titles(test.the('run')) || ' | ' || test.titles(test.the('other')), 'A C again Q B X C P | A C again Q B X C P', 'and copied into it');
reset session authorization;
set role traveler_owner;
select test.enter_owner();
update traveler.run_step set position = 5 where id = test.the('Q');
reset role;
set session authorization traveler_service;
select test.enter('admin');
select test.refuses($$ select test.act('release_redline', test.the('Q')) $$, 'TV409 K3 siblings_differ', 'one that was moved alone is not released with the others');
rollback;
-- A step of one run alone: nothing beside the siblings is like it.
begin;
select test.enter('admin');
select test.keep('X', (traveler.add_step(test.the('run'), '{"title": "X", "reason": "x"}') ->> 'id')::uuid);
select test.act('release_redline', test.the('X'));
select test.keep('batch', (traveler.create_batch(jsonb_build_object('run_ids', jsonb_build_array(test.the('run'), test.the('other')))) ->> 'id')::uuid);
select test.act('redline', test.the('A'));
select test.refuses($$ select test.after(test.the('A'), test.the('X')) $$, 'TV409 K3 siblings_differ', 'K3: what one run has alone, its siblings can''t come after');
rollback;

reset session authorization;
select test.whole();
select * from finish();
