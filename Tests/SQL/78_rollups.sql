-- H2: what batches, assemblies, work centers and the org are planned by: who belongs to what, and that it is what the steps say, after
-- whatever happens to them.
\ir support/world.psql
select plan(29);

-- Added up here, from the steps themselves, level by level; nothing of what is derived is read.
create function test.effective(p_step uuid, out starts timestamptz, out ends timestamptz) language plpgsql stable as $$
declare
    s traveler.run_step;
begin
    select * into s from traveler.run_step x where x.id = p_step;
    select min(e.starts), max(e.ends) into starts, ends from traveler.run_step n cross join lateral test.effective(n.id) e where n.parent_id = p_step;
    if s.state <> 'canceled' then
        starts := coalesce(s.scheduled_start, starts);
        ends := coalesce(s.scheduled_end, ends);
    end if;
end
$$;
create function test.of_runs(p_runs uuid[]) returns text language sql stable as $$
    select format('%s %s', min(coalesce(r.scheduled_start, x.starts)), max(coalesce(r.scheduled_end, x.ends)))
    from traveler.run r cross join lateral (
        select min(e.starts) as starts, max(e.ends) as ends from traveler.run_step s cross join lateral test.effective(s.id) e where s.run_id = r.id and s.parent_id is null) x
    where r.id = any (p_runs) and r.status <> 'canceled'
$$;
create function test.below(p_run uuid) returns uuid[] language sql stable as $$
    with recursive b as (
        select p_run as id union select s.supplying_run_id from b join traveler.run_supply s on s.run_id = b.id and s.ended_at is null)
    select array_agg(b.id) from b
$$;
create function test.told(p_level text, p_id uuid) returns text language sql stable as $$
    select format('%s %s', min(timestamptz 'epoch' + m.starts * interval '1 microsecond') filter (where m.state <> 'canceled'),
        max(timestamptz 'epoch' + m.ends * interval '1 microsecond') filter (where m.state <> 'canceled'))
    from traveler.rollup_members(p_level, p_id, null, 1) m
$$;
create function test.members(p_level text, p_id uuid) returns text language sql stable as $$
    select string_agg(concat_ws(' ', coalesce(r.title, s.title), m.state, case when m.start_said then 'said' end, case when m.late then 'late' end), ', ' order by r.title, s.title)
    from traveler.rollup_members(p_level, p_id, null, 1) m left join traveler.run r on r.id = m.member_id left join traveler.run_step s on s.id = m.member_id
$$;
-- What the org adds up to, beside when: how many runs, how many of them are begun, not planned and late; and the runs that it names.
create function test.org_adds_up() returns text language sql stable as $$
    select format('%s members, %s begun, %s unscheduled, %s late; %s', o.members, o.begun, o.unscheduled, o.late, concat_ws(', ', (select 'starts by ' || r.title from traveler.run r where r.id = o.start_id), case when o.start_said then 'said' end,
        (select 'ends by ' || r.title from traveler.run r where r.id = o.end_id), case when o.end_said then 'said' end, (select 'due by ' || r.title from traveler.run r where r.id = o.due_id)))
    from traveler.org_rollup(null, null) o
$$;
-- The same from its members, one by one: the service tells the one, and plans by the other.
create function test.org_told() returns text language sql stable as $$
    select concat_ws(' ', o.starts, o.start_said, o.start_id, o.ends, o.end_said, o.end_id, o.due, o.due_id, o.began, o.members, o.begun, o.unscheduled, o.late) from traveler.org_rollup(null, null) o
$$;
create function test.org_by_members() returns text language sql stable as $$
    with m as (select * from traveler.rollup_members('org', null, null, 1) x where x.member_id is not null)
    select concat_ws(' ', min(m.starts), (select x.start_said from m x where x.starts is not null order by x.starts, x.member_id limit 1), (select x.member_id from m x where x.starts is not null order by x.starts, x.member_id limit 1),
        max(m.ends), (select x.end_said from m x where x.ends is not null order by x.ends desc, x.member_id limit 1), (select x.member_id from m x where x.ends is not null order by x.ends desc, x.member_id limit 1),
        min(m.due), (select x.member_id from m x where x.due is not null order by x.due, x.member_id limit 1), min(m.began), count(*), count(m.began),
        count(*) filter (where m.starts is null and m.ends is null), count(*) filter (where m.late)) from m
$$;
create function test.schedule(p_request jsonb) returns text language sql as $$ select 'planned' from traveler.set_schedule(p_request) $$;
grant execute on all functions in schema test to public;

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('saw', test.location('Saw', '{"work_center": true}')), test.keep('idle', test.location('Idle', '{"work_center": true}'));
select test.keep('leg', test.part('LEG', 'lot')), test.keep('table', test.part('TABLE', 'serial'));
select test.mbom(test.the('table'), test.line(test.the('leg'), '4'));
select test.keep('of leg', test.released('Leg', test.the('leg'), jsonb_build_array(jsonb_build_object('title', 'Cut', 'location_id', test.the('saw')),
    jsonb_build_object('title', 'Turn', 'steps', '[{"title": "T1"}, {"title": "T2", "steps": [{"title": "T3"}]}]'::jsonb))));
select test.keep('of table', test.released('Table', test.the('table'), '[{"title": "A"}, {"title": "B", "required": false}]'));
select test.keep('legs ' || n, test.run(test.the('of leg'), jsonb_build_object('title', 'Legs ' || n, 'quantity', '8', 'lot_number', 'L' || n))) from generate_series(1, 3) n;
select test.keep('table ' || n, test.run(test.the('of table'), jsonb_build_object('title', 'Table ' || n, 'serial_numbers', jsonb_build_array(n::text)))) from generate_series(1, 2) n;
select test.keep('batch', (traveler.create_batch(jsonb_build_object('run_ids', jsonb_build_array(test.the('legs 1'), test.the('legs 2')))) ->> 'id')::uuid);
select traveler.supply_requirement(test.need(test.the('table 1'), test.the('leg')), jsonb_build_object('supplying_run_id', test.the('legs 1'))) is not null;
commit;

begin;
select test.enter('viewer');
select is(test.members('batch', test.the('batch')), 'Legs 1 live, Legs 2 live', 'H2: a batch is planned by its runs');
select is(test.members('assembly', test.the('table 1')), 'Legs 1 live, Table 1 live', 'an assembly by its run and all that it waits for');
select is(test.members('assembly', test.the('table 2')), 'Table 2 live', 'which may be nothing');
select is(test.members('work_center', test.the('saw')), 'Cut live, Cut live, Cut live', 'a work center by its open steps');
select is(test.members('org', null), 'Legs 1 live, Legs 2 live, Legs 3 live, Table 1 live, Table 2 live', 'the org by its live runs');
select is(test.org_adds_up(), '5 members, 0 begun, 5 unscheduled, 0 late; ', 'which are added up where they are');
select is((select count(*) from traveler.rollup_members('work_center', test.the('idle'), null, 1) m where m.member_id is null), 1::bigint, 'a group without members is there');
select is((select count(*) from traveler.rollup_members('batch', traveler.new_id(), null, 1)), 0::bigint, 'one that is not there is not');
select is((select array_agg(distinct m.group_title) from traveler.rollup_members('assembly', null, null, 9) m), array['Table 1'], 'assemblies are the runs that wait');
select is((select count(distinct m.group_id) from traveler.rollup_members('work_center', null, null, 1) m), 1::bigint, 'page by page');
select is((select array_agg(distinct m.group_title order by m.group_title) from traveler.rollup_members('work_center', null, least(test.the('saw'), test.the('idle')), 9) m),
    array[case when test.the('saw') > test.the('idle') then 'Saw' else 'Idle' end], 'by their ids');
select is((select count(*) from traveler.rollup_members('work_center', test.the('saw'), null, 1) m join traveler.run_step s on s.id = m.member_id and s.run_id = m.run_id), 3::bigint, 'each with its run');
select is((select count(*) from traveler.rollup_members('org', null, null, 1) m where m.began is not null or m.ended is not null), 0::bigint, 'on which nobody has worked');
select test.enter('stranger');
select is((select count(*) from traveler.rollup_members('batch', test.the('batch'), null, 1)) + (select count(*) from traveler.rollup_members('assembly', test.the('table 1'), null, 1))
    + (select count(*) from traveler.rollup_members('org', test.org_id('acme'), null, 1)), 0::bigint, 'T1: another org has no such groups');
select is((select m.group_id from traveler.rollup_members('org', null, null, 1) m), test.org_id('bolt'), 'and rolls up its own');
select is((select count(*) from traveler.org_rollup(test.org_id('acme'), null)), 0::bigint, 'nor is it added up');
select is((select o.group_title || ' ' || o.members from traveler.org_rollup(null, null) o where o.group_id = test.org_id('bolt')), 'Bolt 0', 'but its own');
select is((select count(*) from traveler.org_rollup(null, test.org_id('bolt'))), 0::bigint, 'and there is no page after it');
commit;
begin;
select test.enter('planner');
select test.schedule(jsonb_build_object('runs', jsonb_build_array(jsonb_build_object('id', test.the('legs 2'), 'scheduled_start', '2027-03-01T08:00:00Z', 'due_at', '2020-03-01T08:00:00Z'),
    jsonb_build_object('id', test.the('table 1'), 'due_at', '2027-03-05T08:00:00Z', 'scheduled_end', '2027-03-05T08:00:00.000001Z'))));
select is(test.members('batch', test.the('batch')), 'Legs 1 live, Legs 2 live said late', 'each says whether it was said, and whether it is late (H4)');
select is(test.members('assembly', test.the('table 1')), 'Legs 1 live, Table 1 live late', 'to the microsecond');
select is(test.told('batch', test.the('batch')), test.of_runs(array[test.the('legs 1'), test.the('legs 2')]), 'what is told is what the steps say');
select is(test.org_adds_up(), '5 members, 0 begun, 3 unscheduled, 2 late; starts by Legs 2, said, ends by Table 1, said, due by Legs 2', 'and so is what the org adds up to');
select test.schedule(jsonb_build_object('runs', (select jsonb_agg(jsonb_build_object('id', r.id, 'scheduled_start', '2026-03-01T08:00:00Z', 'due_at', '2019-03-01T08:00:00Z'))
    from traveler.run r where r.title in ('Legs 3', 'Table 2'))));
select is((select array[o.start_id, o.due_id] from traveler.org_rollup(null, null) o), (select array_agg(least(test.the('legs 3'), test.the('table 2'))) from generate_series(1, 2)), 'of two at the same moment the one with the lesser id');
rollback;

-- Whatever happens: at random, by a seed, as long as nothing is refused that would be by its rule.
reset session authorization;
create function test.some(p_state text) returns uuid language sql volatile as $$
    select s.id from traveler.run_step s where s.state = p_state and s.withdrawn_at is null order by random() limit 1 $$;
create function test.at_random(p_actor text) returns text language plpgsql volatile as $$
declare
    v_kind integer := floor(random() * 12);
    v_at timestamptz := timestamptz '2027-03-01' + floor(random() * 1000) * interval '1 hour';
    v_step uuid;
begin
    perform test.enter(p_actor);
    begin
        if v_kind < 5 then
            select s.id into v_step from traveler.run_step s where s.withdrawn_at is null order by random() limit 1;
            perform traveler.set_schedule(jsonb_build_object('steps', jsonb_build_array(jsonb_build_object('id', v_step,
                'scheduled_start', case when random() < 0.8 then v_at end, 'scheduled_end', case when random() < 0.8 then v_at + interval '5 hours' end))));
        elsif v_kind = 5 then
            perform traveler.set_schedule(jsonb_build_object('runs', jsonb_build_array(jsonb_build_object('id', r.id, 'scheduled_start', case when random() < 0.5 then v_at end,
                'due_at', v_at)))) from (select r.id from traveler.run r order by random() limit 1) r;
        elsif v_kind = 6 then perform traveler.act_on_steps('cancel', array[test.some('todo')], null, 'x');
        elsif v_kind = 7 then perform traveler.act_on_steps('restore', array[test.some('canceled')], null, 'x');
        elsif v_kind = 8 then perform traveler.start_steps(array[test.some('todo')]);
        elsif v_kind = 9 then perform traveler.complete_steps(array[test.some('in_progress')]);
        elsif v_kind = 10 then
            perform traveler.reopen_run(r.id, null, 'x', null) from (select r.id from traveler.run r where r.completed_at is not null order by random() limit 1) r;
        else
            perform traveler.act_on_run(case when random() < 0.5 then 'cancel' else 'hold' end, r.id, null, 'x') from (select r.id from traveler.run r where r.completed_at is null order by random() limit 1) r;
        end if;
        return 'done';
    exception when others then
        if sqlstate !~ '^TV4' then raise; end if;
        return 'refused';
    end;
end
$$;
grant execute on all functions in schema test to public;
create table test.outcome (what text, wrong text);
grant select, insert on test.outcome to public;
set session authorization traveler_service;
select setseed(0.25);
do $$
declare
    v_answer text;
begin
    for i in 1..200 loop
        v_answer := test.at_random('admin');
        insert into test.outcome select v_answer, string_agg(x.level || ' ' || x.told || ' instead of ' || x.want, '; ') from (
            select 'batch' as level, test.told('batch', test.the('batch')) as told, test.of_runs(array(select b.run_id from traveler.batch_run b where b.batch_id = test.the('batch') and b.left_at is null)) as want
            union all
            select 'assembly', test.told('assembly', test.the('table 1')), test.of_runs(test.below(test.the('table 1')))
            union all
            select 'org', test.told('org', null), test.of_runs(array(select r.id from traveler.run r where r.completed_at is null))
            union all
            select 'org', test.org_told(), test.org_by_members()
            union all
            select 'work center', test.told('work_center', test.the('saw')), (select format('%s %s', min(e.starts), max(e.ends))
                from traveler.run_step s join traveler.run r on r.id = s.run_id and r.completed_at is null cross join lateral test.effective(s.id) e
                where s.location_id = test.the('saw') and s.state not in ('completed', 'canceled') and s.withdrawn_at is null)) x
        where x.told is distinct from x.want;
        -- What each act depends on is a transaction's start.
        commit;
    end loop;
end $$;
reset session authorization;
select cmp_ok((select count(*) from test.outcome where what = 'done'), '>', 60::bigint, 'many of two hundred random acts are done');
select cmp_ok((select count(*) from test.outcome where what = 'refused'), '>', 10::bigint, 'and some are refused');
select is_empty('select wrong from test.outcome where wrong is not null', 'H2: every level is what its steps say, after each of them');
select cmp_ok((select count(*) from traveler.run_step s where s.state = 'canceled'), '>', 0::bigint, 'some steps are canceled by then');
select cmp_ok((select count(*) from traveler.run_schedule h where h.effective_start is not null), '>', 2::bigint, 'and most runs are planned');
select test.whole();
select * from finish();
