-- H5, H6: what is planned in a window, and what there is to do next.
\ir support/world.psql
select plan(46);

create function test.hours(p_hours integer) returns text language sql stable as $$ select traveler.json_time(now() + p_hours * interval '1 hour') $$;
create function test.plan(p_title text, p_start integer, p_end integer) returns jsonb language sql as $$
    select traveler.set_schedule(jsonb_build_object('steps', jsonb_build_array(jsonb_build_object('id', test.step(test.the('run'), p_title),
        'scheduled_start', test.hours(p_start), 'scheduled_end', test.hours(p_end)))))
$$;
create function test.queue(p_location text default 'bench') returns text language sql stable as $$
    select string_agg(format('%s %s', q.title, q.class), ', ' order by q.place) from traveler.work_queue(test.the(p_location), null) q
$$;
create function test.window(p_from text, p_to text, p_limit integer default 100, p_after bigint default null, p_after_run uuid default null) returns text language sql stable as $$
    select string_agg(t.title, ' ' order by t.span_microseconds, t.id) from traveler.timeline(p_from::timestamptz, p_to::timestamptz, p_limit, p_after, p_after_run, null, null, null, null, null, null) t
$$;
create function test.spans(p_from timestamptz, p_to timestamptz) returns text language sql stable as $$
    select string_agg(r.title, ' ' order by h.span_start, r.id) from traveler.run_schedule h join traveler.run r on r.id = h.run_id
    where h.span_start < p_to and h.span_end >= p_from
$$;
create function test.planned(p_attributes jsonb, p_page integer default 100) returns text language plpgsql as $$
declare
    v_all text;
    v_start bigint;
    v_run uuid;
    v_titles text;
begin
    loop
        select string_agg(t.title, ' ' order by t.span_microseconds, t.id), (array_agg(t.span_microseconds order by t.span_microseconds desc, t.id desc))[1], (array_agg(t.id order by t.span_microseconds desc, t.id desc))[1]
        into v_titles, v_start, v_run from traveler.timeline('2027-01-01', '2027-03-01', p_page, v_start, v_run, null, null, null, null, null, p_attributes) t;
        exit when v_titles is null;
        v_all := concat_ws(' ', v_all, v_titles);
    end loop;
    return v_all;
end
$$;
create function test.unplanned(p_attributes jsonb, p_after bigint default null, p_page integer default 100) returns text language sql as $$
    select string_agg(t.title, ' ' order by t.number) from traveler.unscheduled_runs(p_page, p_after, null, null, null, null, null, p_attributes) t where t.title ~ '^R'
$$;
create function test.behind() returns text language sql stable as $$
    select string_agg(format('%s %s', b.title, case when b.late then 'late' else 'behind' end), ', ' order by b.number) from traveler.runs_behind(10, null) b
$$;
-- Whether the timeline, the rollup of the org and the planner each say that a run is late.
create function test.late(p_title text) returns text language sql stable as $$
    select concat_ws(' ', t.late, m.late, traveler.plan_facts(jsonb_build_object('run_ids', jsonb_build_array(r.id))) #> '{late_runs}' ? r.id::text)
    from traveler.run r join traveler.timeline('2027-01-01', '2029-01-01', 100, null, null, null, null, null, null, null, null) t on t.id = r.id
    join traveler.rollup_members('org', null, null, 1) m on m.member_id = r.id where r.title = p_title
$$;
-- What is said of a run, and of a step in it.
create function test.said(p_title text, p_run jsonb, p_step jsonb) returns jsonb language sql as $$
    select traveler.set_schedule(jsonb_build_object('runs', jsonb_build_array(jsonb_build_object('id', r.id, 'scheduled_start', null, 'scheduled_end', null) || p_run),
        'steps', jsonb_build_array(jsonb_build_object('id', test.step(r.id, 'A')) || p_step))) from traveler.run r where r.title = p_title
$$;
grant execute on all functions in schema test to public;

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('bench', test.location('Bench', '{"work_center": true}')), test.keep('oven', test.location('Oven', '{"work_center": true}'));
select test.keep('cart', test.part('CART', 'serial'));
select test.keep('procedure', test.released('Build', test.the('cart'), format('[
    {"key": "a", "title": "A", "location_id": "%1$s"}, {"title": "B", "after": ["a"], "location_id": "%1$s"}, {"title": "C", "location_id": "%1$s"}, {"title": "D", "location_id": "%1$s"},
    {"title": "E", "location_id": "%1$s"}, {"title": "F", "location_id": "%2$s"}]', test.the('bench'), test.the('oven'))::jsonb));
select test.keep('run', test.run(test.the('procedure'), '{"serial_numbers": ["1"]}'));
commit;
begin;
select test.enter('admin');
select is(test.queue(), 'A next, C next, D next, E next, B blocked', 'H6: what nobody planned is next, in the order of the run; what waits comes last');
select test.plan('C', -5, -1), test.plan('D', -1, 5), test.plan('E', 3, 5), test.plan('A', 1, 2);
select is(test.queue(), 'C overdue, D now, A next, E next, B blocked', 'overdue, now, next by what is planned');
select is((select string_agg(regexp_replace(q.why, '\d.*Z', 'T'), ' ' order by q.place) from traveler.work_queue(test.the('bench'), null) q),
    'It was planned to end by T. It was planned to start by T. It is planned to start by T. It is planned to start by T. It waits for "A" (todo).', 'each with the reason');
select test.start(test.step(test.the('run'), 'A'));
select is(test.queue(), 'C overdue, A now, D now, E next, B blocked', 'what is in progress is now, and B still waits');
select test.complete(test.step(test.the('run'), 'A'));
select is(test.queue(), 'C overdue, D now, E next, B next', 'what is done is in no queue, and nothing blocks B');
select traveler.act_on_steps('hold', array[test.step(test.the('run'), 'C')], null, 'story');
select is(test.queue(), 'D now, E next, B next, C blocked', 'what is on hold is blocked, however late');
select traveler.set_schedule(jsonb_build_object('runs', jsonb_build_array(jsonb_build_object('id', test.the('run'), 'due_at', test.hours(-1)))));
select is(test.queue(), 'D overdue, E overdue, B overdue, C blocked', 'past the due date of its run all is overdue');
select is(test.queue('oven'), 'F overdue', 'each work center has its own');
select traveler.assign(test.the('run'), test.step(test.the('run'), 'F'), jsonb_build_object('user_ids', jsonb_build_array(test.user_id('technician'))));
select is((select string_agg(q.title, ' ') from traveler.work_queue(null, test.user_id('technician')) q), 'F', 'and each person');
select test.refuses($$ select * from traveler.work_queue(null, null) $$, 'TV422 H6 queue_of_whom', 'nobody has none');
rollback;

begin;
select test.enter('admin');
select is(test.behind(), null, 'H3: what nobody planned is not behind');
select test.plan('A', 1, 2), test.plan('C', 3, 9);
select is(test.behind(), null, 'nor is what is planned for later');
select test.plan('A', -1, 2);
select is(test.behind(), 'Build behind', 'a step that should have started is');
select test.start(test.step(test.the('run'), 'A'));
select is(test.behind(), null, 'until it starts');
select traveler.set_schedule(jsonb_build_object('runs', jsonb_build_array(jsonb_build_object('id', test.the('run'), 'due_at', test.hours(8)))));
select is(test.behind(), 'Build late', 'a run that is planned past its due date is late (H4)');
select traveler.act_on_run('cancel', test.the('run'), null, 'story');
select is(test.behind(), null, 'what is over is neither');
rollback;

begin;
select test.enter('admin');
-- Runs that last from a second to half a year, here and there, some with one end alone.
select test.keep('r' || n, test.run(test.the('procedure'), jsonb_build_object('title', 'R' || n, 'serial_numbers', jsonb_build_array('R' || n)))) from generate_series(1, 60) n;
select traveler.set_schedule(jsonb_build_object('runs', (
    select jsonb_agg(jsonb_build_object('id', test.the('r' || n)) || case n % 7 when 0 then '{}' else jsonb_build_object('scheduled_start', traveler.json_time(x.starts)) end
        || case n % 11 when 0 then '{}' else jsonb_build_object('scheduled_end', traveler.json_time(x.starts + (2 ^ (n % 25)) * interval '1 second')) end order by n)
    from generate_series(1, 60) n cross join lateral (select timestamptz '2027-01-01' + (n * 7919 % 400) * interval '1 day' as starts) x)));
select is(test.window('2027-03-01T00:00:00Z', '2027-03-08T00:00:00Z'), test.spans('2027-03-01T00:00:00Z', '2027-03-08T00:00:00Z'), 'H5: a window shows what overlaps it');
select is_empty($$ select d from generate_series(0, 500, 3) d
    where test.window(traveler.json_time('2027-01-01'::timestamptz + d * interval '1 day'), traveler.json_time('2027-01-02'::timestamptz + d * interval '1 day'))
        is distinct from test.spans('2027-01-01'::timestamptz + d * interval '1 day', '2027-01-02'::timestamptz + d * interval '1 day') $$, 'wherever it lies, however long they last');
select is(test.window('2027-01-01T00:00:00Z', '2029-01-01T00:00:00Z', 3), (select string_agg(x, ' ') from (select x from string_to_table(test.spans('2027-01-01', '2029-01-01'), ' ') x limit 3) y), 'page by page');
select is((select test.window('2027-01-01T00:00:00Z', '2029-01-01T00:00:00Z', 3, l.span_microseconds, l.id)
    from (select t.* from traveler.timeline('2027-01-01', '2029-01-01', 3, null, null, null, null, null, null, null, null) t order by t.span_microseconds desc, t.id desc limit 1) l),
    (select string_agg(x, ' ') from (select x from string_to_table(test.spans('2027-01-01', '2029-01-01'), ' ') x offset 3 limit 3) y), 'one after the other');
select is((select count(*) from traveler.timeline('2027-01-01', '2029-01-01', 100, null, null, 'complete', null, null, null, null, null)), 0::bigint, 'by status');
select is((select count(*) from traveler.timeline('2027-01-01', '2029-01-01', 100, null, null, null, test.the('cart'), test.the('oven'), null, null, null)),
    (select count(*) from traveler.run_schedule h where h.span_end >= '2027-01-01'), 'by part and work center');
select is((select count(*) from traveler.timeline('2027-01-01', '2029-01-01', 100, null, null, null, null, null, test.user_id('technician'), null, null)), 0::bigint, 'by person');
select is((select count(*) from traveler.timeline('2027-01-01', '2029-01-01', 100, null, null, null, null, null, null, test.the('cart'), null)), 0::bigint, 'by batch');
select traveler.set_schedule(jsonb_build_object('runs', jsonb_build_array(jsonb_build_object('id', test.the('r1'), 'due_at', '2027-01-01T00:00:00Z'))));
select is((select string_agg(t.title, ' ') from traveler.timeline('2027-01-01', '2029-01-01', 100, null, null, null, null, null, null, null, null) t where t.late), 'R1', 'H4: who is planned past the due date is late');
select test.said('R2', '{"scheduled_start": "2027-06-01T00:00:00Z", "due_at": "2027-05-01T00:00:00Z"}', '{"scheduled_start": "2027-01-04T08:00:00Z", "scheduled_end": "2027-01-04T12:00:00Z"}');
select is(test.late('R2'), 't t t', 'so is one that starts after it');
select test.said('R3', '{"scheduled_end": "2027-01-05T00:00:00Z", "due_at": "2027-01-06T00:00:00Z"}', '{"scheduled_end": "2027-02-01T00:00:00Z"}');
select is(test.late('R3'), 't t t', 'and one with a step that ends after it, whatever was said of the run');
select test.said('R3', '{"scheduled_end": "2027-01-05T00:00:00Z", "due_at": "2027-02-01T00:00:00Z"}', '{"scheduled_end": "2027-02-01T00:00:00Z"}');
select is(test.late('R3'), 'f f f', 'what ends just then does not');
select test.refuses($$ select * from traveler.timeline('2027-03-01', '2027-03-01', 9, null, null, null, null, null, null, null, null) $$, 'TV422 H5 window_order', 'a window has a beginning and an end');
select test.refuses($$ select * from traveler.timeline('2027-03-01', '3027-03-01', 9, null, null, null, null, null, null, null, null) $$, 'TV422 H5 window_too_long', 'and they are not a thousand years apart');
-- A page goes on after the one before it, however far away, to the microsecond.
select traveler.set_schedule(jsonb_build_object('runs', (select jsonb_agg(jsonb_build_object('id', test.the('r' || n), 'scheduled_start', format('%s-01-01T00:00:00.%sZ', y, f), 'scheduled_end', null))
    from (values (11, 9000, '000000'), (12, 9000, '000001'), (13, 9000, '000009'), (14, 1900, '999999'), (15, 1901, '000001')) x (n, y, f))));
select is((select string_agg(test.window(w.a, w.b, 1, h.us, h.run_id), ' ' order by h.span_start)
    from (select y.*, (extract(epoch from y.span_start) * 1000000)::bigint as us from traveler.run_schedule y) h
    join (values (test.the('r11'), '9000-01-01T00:00:00Z', '9001-01-01T00:00:00Z'), (test.the('r12'), '9000-01-01T00:00:00Z', '9001-01-01T00:00:00Z'), (test.the('r14'), '1899-01-01T00:00:00Z', '1902-01-01T00:00:00Z')) w (run, a, b)
        on w.run = h.run_id), 'R15 R12 R13', 'H5: a page goes on after the one before it, to the microsecond, in any year');
rollback;

-- H5, F4: by the org's own attributes, in the plan and out of it, page by page.
begin;
select test.enter('admin');
select traveler.create_attribute_definition(jsonb_build_object('record', 'run', 'key', k, 'label', k, 'type', t, 'searchable', k <> 'quiet'))
from (values ('colour', 'text'), ('weight', 'number'), ('day', 'date'), ('quiet', 'text')) d (k, t);
select traveler.create_attribute_definition('{"record": "run", "key": "tags", "label": "Tags", "type": "multiselect", "options": ["a", "b"], "searchable": true}');
select traveler.create_attribute_definition('{"record": "issue", "key": "cost", "label": "Cost", "type": "number", "searchable": true}');
select test.keep('r' || n, test.run(test.the('procedure'), jsonb_build_object('title', 'R' || n, 'serial_numbers', jsonb_build_array('R' || n), 'attributes', jsonb_build_object(
    'colour', (array['red', 'blue', 'it''s %s "$1"'])[1 + n % 3], 'weight', (n % 5)::text, 'day', '2027-01-0' || (1 + n % 9), 'tags', to_jsonb((array['a', 'b'])[1 : 1 + n % 2]), 'quiet', 'x')))) from generate_series(1, 30) n;
select traveler.set_schedule(jsonb_build_object('runs', (select jsonb_agg(jsonb_build_object('id', test.the('r' || n), 'scheduled_start', traveler.json_time(timestamptz '2027-01-01' + n * interval '1 day')))
    from generate_series(1, 20) n)));
select is(test.planned(wanted::jsonb), (select string_agg('R' || n, ' ' order by n) from generate_series(1, 20) n where n = any (runs)), format('planned: %s', wanted)) from (values
    ('{"colour": "red"}', array[3, 6, 9, 12, 15, 18]), ('{"colour": "it''s %s \"$1\""}', array[2, 5, 8, 11, 14, 17, 20]), ('{"weight.from": "3", "colour": "blue"}', array[4, 13, 19]),
    ('{"weight.to": "1"}', array[5, 10, 15, 20]), ('{"day.from": "2027-01-08", "weight": "2", "tags": "b"}', array[7, 17]), ('{"tags": "b", "day": "2027-01-09"}', array[17])) x (wanted, runs);
select is(test.planned('{"colour": "red"}', 2), test.planned('{"colour": "red"}'), 'page by page');
select is(test.unplanned('{"colour": "red"}') || ', ' || test.unplanned('{"weight.from": "2", "weight.to": "4", "tags": "b"}'), 'R21 R24 R27 R30, R23 R27', 'not planned: the same');
select is(test.unplanned('{"colour": "red"}', (select r.number from traveler.run r where r.title = 'R21'), 2), 'R24 R27', 'and page by page');
select test.refuses(format($$ select test.%s('{"nothing": "1"}') $$, f), 'TV422 F4 attributes_refused', 'what is no attribute of runs is refused: ' || f) from unnest(array['planned', 'unplanned']) f;
select is((select string_agg((f ->> 'code') || ' ' || (f ->> 'key'), ', ' order by f ->> 'key')
    from jsonb_array_elements(test.refusal_detail($$ select test.planned('{"cost": "1", "quiet": "x", "colour.from": "a", "weight": "heavy"}') $$, 'attributes')) f),
    'attribute_not_ranged colour, attribute_unknown cost, attribute_not_searchable quiet, wrong_type weight', 'all of it, by name');
select is((select count(*) from traveler.timeline('2027-01-01', '2027-03-01', 100, null, null, null, null, null, test.user_id('technician'), null, '{"colour": "red"}')), 0::bigint, 'beside the other filters');
select is(test.planned(null), (select string_agg('R' || n, ' ' order by n) from generate_series(1, 20) n), 'and all of it where none is asked for');
rollback;
reset session authorization;
select test.whole();
select * from finish();
