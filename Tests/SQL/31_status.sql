-- R1-R3: the status of a run against the rule as the model words it, for every multiset of up to four steps in the seven states,
-- with and without a recorded completion, for every state of nested steps and those around them, beside steps that were withdrawn (D6),
-- and again after random moves.
\ir support/world.psql
select plan(13);

-- R1, read from the page: the first that matches.
create function test.status(p_states text[], p_completed boolean) returns text language plpgsql immutable as $$
begin
    if 'redline' = any (p_states) then return 'redline'; end if;
    if 'hold' = any (p_states) then return 'hold'; end if;
    if 'failed' = any (p_states) then return 'failed'; end if;
    if 'in_progress' = any (p_states) then return 'in_progress'; end if;
    if cardinality(p_states) > 0 and 'canceled' = all (p_states) then return 'canceled'; end if;
    if p_completed then return case when 'canceled' = any (p_states) then 'partial_complete' else 'complete' end; end if;
    if 'completed' = any (p_states) then return 'in_progress'; end if;
    return 'todo';
end
$$;
-- Which step is nested in which: the place of its parent, null for a step of the run itself.
create table test.combination (id uuid default traveler.new_id(), number serial, states text[], completed boolean, parents integer[], steps uuid[]);
insert into test.combination (states, completed)
with recursive s (state, rank) as (
    select * from unnest(array['todo', 'in_progress', 'hold', 'redline', 'completed', 'failed', 'canceled']) with ordinality
), multiset as (
    select '{}'::text[] as states, 0::bigint as last
    union all
    select m.states || s.state, s.rank from multiset m join s on s.rank >= m.last where cardinality(m.states) < 4
)
select m.states, c from multiset m, unnest(array[false, true]) c;
select is((select count(*) from test.combination), 660::bigint, 'there are 330 multisets of up to four steps, and two runs for each');
-- R3: a step in a step, in a step; and two steps in one.
insert into test.combination (states, completed, parents)
with s (state) as (select * from unnest(array['todo', 'in_progress', 'hold', 'redline', 'completed', 'failed', 'canceled']))
select array[a.state, b.state], c, array[null, 1] from s a, s b, unnest(array[false, true]) c
union all
select array[a.state, b.state, c.state], false, array[null, 1, 2] from s a, s b, s c
union all
select array[a.state, b.state, c.state], false, array[null, 1, 1] from s a, s b, s c where b.state <= c.state;
-- D6: beside any two, one that was withdrawn; beside any one, two; and one in a step.
insert into test.combination (states, completed, parents)
select c.states || 'withdrawn'::text, c.completed, null::integer[] from test.combination c where c.parents is null and cardinality(c.states) <= 2
union all
select c.states || array['withdrawn', 'withdrawn'], c.completed, null from test.combination c where c.parents is null and cardinality(c.states) <= 1
union all
select c.states || 'withdrawn'::text, c.completed, array[null, 1] from test.combination c where c.parents is null and cardinality(c.states) = 1;
update test.combination c set steps = array(select traveler.new_id() from unnest(c.states));
select is((select count(*) from test.combination c where c.parents is not null), 651::bigint, 'and as many of nested steps as there are pairs, threes in a row, threes in one, and withdrawn ones');

-- The states are set as no act could: what judges a move, a start and a completion is asleep, what counts is awake.
alter table traveler.run_step disable trigger _110_guard_step_move;
alter table traveler.run_step disable trigger _110_guard_step_starts_todo;
alter table traveler.run_step disable trigger _300_stamp_step;
alter table traveler.run_step disable trigger _050_guard_run_live_update;
alter table traveler.run disable trigger _200_guard_completion;
alter table traveler.run disable trigger _120_refuse_derived;
alter table traveler.run disable trigger _500_record_completion;

create function test.move(p_step uuid[], p_state text[]) returns void language sql as $$
    update traveler.run_step s set state = case x.state when 'withdrawn' then 'canceled' else x.state end, withdrawn_at = case x.state when 'withdrawn' then now() end,
        started_at = case when x.state in ('in_progress', 'completed', 'failed') then coalesce(s.started_at, now()) else s.started_at end,
        held_from = case when x.state = 'hold' then 'todo' end,
        completed_at = case when x.state = 'completed' then now() end, completed_by = case when x.state = 'completed' then 'system:story' end
    from unnest(p_step, p_state) x (id, state) where s.id = x.id
$$;
create view test.wrong as
    select r.number, r.status, test.status(s.states, r.completed_at is not null) as expected, s.states
    from traveler.run r cross join lateral (select coalesce(array_agg(s.state), '{}') as states from traveler.run_step s
        where s.org_id = r.org_id and s.run_id = r.id and s.withdrawn_at is null) s
    where r.status <> test.status(s.states, r.completed_at is not null) or r.steps_total <> cardinality(s.states);

begin;
select test.enter('admin');
select test.keep('part', test.part('P'));
select test.keep('procedure', test.released('Build', test.the('part'), '[{"title": "S"}]'));
insert into traveler.run (org_id, id, number, title, procedure_id, part_id, quantity)
select test.org_id('acme'), c.id, c.number, c.states::text, test.the('procedure'), test.the('part'), 1 from test.combination c;
insert into traveler.run_step (org_id, run_id, id, parent_id, depth, position, title)
select test.org_id('acme'), c.id, c.steps[i], c.steps[c.parents[i]], case when c.parents[i] is null then 1 when c.parents[c.parents[i]] is null then 2 else 3 end, i, 'Step'
from test.combination c, generate_subscripts(c.states, 1) i order by 5;
select is_empty('select * from test.wrong', 'steps that were just added');
select is_empty($$ select c.states, c.completed from test.combination c where traveler_private.status_of_states(array_remove(c.states, 'withdrawn'), c.completed)
    <> test.status(array_remove(c.states, 'withdrawn'), c.completed) $$,
    'a past moment''s status, which no row shows, is told by the same rule');
update traveler.run r set completed_at = now(), completion_number = 1 from test.combination c where c.id = r.id and c.completed;
select test.move(array_agg(s.id), array_agg(c.states[s.position])) from traveler.run_step s join test.combination c on c.id = s.run_id;
select is_empty('select * from test.wrong', 'every run reads what R1 says of its steps, all moved in one statement');
select is((select count(distinct r.status) from traveler.run r), 8::bigint, 'and every status occurs');
select is((select string_agg(distinct r.status, ' ' order by r.status) from traveler.run r join test.combination c on c.id = r.id where c.parents = array[null, 1] and c.states[1] = 'completed'),
    'complete failed hold in_progress partial_complete redline', 'of nested steps as of the others: a completed one says nothing of what is in it');
select is((select r.status from traveler.run r join test.combination c on c.id = r.id where c.parents = array[null, 1, 2] and c.states = array['in_progress', 'in_progress', 'redline']), 'redline',
    'at any depth');

select is((select string_agg(distinct r.status, ' ' order by r.status) from traveler.run r join test.combination c on c.id = r.id where c.states <@ array['withdrawn'] and not c.completed), 'todo',
    'what was withdrawn says nothing: a run of nothing else reads todo');
create function test.tumble(p_rounds integer) returns bigint language plpgsql as $$
declare
    v_wrong bigint := 0;
    v_step uuid[];
    v_state text[];
begin
    for i in 1 .. p_rounds loop
        select array_agg(x.id), array_agg(x.state) into v_step, v_state from (
            select s.id, (array['todo', 'in_progress', 'hold', 'redline', 'completed', 'failed', 'canceled'])[1 + floor(random() * 7)::integer] as state
            from traveler.run_step s where s.withdrawn_at is null order by random() limit 200) x;
        perform test.move(v_step, v_state);
        v_wrong := v_wrong + (select count(*) from test.wrong);
        -- As a redline withdraws: from an open state, and for good.
        select array_agg(x.id), array_agg('withdrawn'::text) into v_step, v_state from (
            select s.id from traveler.run_step s where s.state = 'redline' order by random() limit 20) x;
        perform test.move(v_step, v_state);
        v_wrong := v_wrong + (select count(*) from test.wrong);
    end loop;
    return v_wrong;
end
$$;
select is(test.tumble(8), 0::bigint, 'and still, after each of eight times two hundred random moves, and twenty steps withdrawn');
select cmp_ok((select count(*) from traveler.run_step s where s.withdrawn_at is not null), '>', 250::bigint, 'which they were');
commit;
select is_empty($$ select * from traveler.integrity_violations where rule in ('R2', 'Y1', 'Y2') $$, 'the counters are right and the history is whole');

-- A counter that is wrong is found.
set session_replication_role = replica;
update traveler.run set steps_todo = steps_todo + 1 where number = 500;
reset session_replication_role;
select is((select v.record from traveler.integrity_violations v where v.rule = 'R2'), (select r.id from traveler.run r where r.number = 500), 'a counter that someone moved is named');
select * from finish();
