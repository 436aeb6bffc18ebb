-- Runs with gaps at random, for CompletionGateTests: made and worked through the acts, judged by a rule of its own.
create schema gap;
create table gap.setting (org_id uuid, admin text, quality text, procedure_id uuid, screws uuid);
create table gap.run (number serial primary key, run_id uuid);

create function gap.prepare(p_slug text, p_admin text, p_quality text, p_seed float8) returns void language plpgsql as $$
declare
    v_part uuid;
    v_screw uuid;
    v_stock uuid;
    v_procedure uuid;
begin
    perform traveler.enter(p_admin);
    perform traveler.change_org(null, '{"complete_by_act": true, "deviation_by_enterer": true}');
    v_part := (traveler.create_part('{"part_number": "BUILT", "name": "Built", "tracking": "lot"}') ->> 'id')::uuid;
    v_screw := (traveler.create_part('{"part_number": "SCREW", "name": "Screw"}') ->> 'id')::uuid;
    v_stock := (traveler.receive_inventory(jsonb_build_object('part_id', v_screw, 'quantity', '100000')) ->> 'id')::uuid;
    v_procedure := (traveler.create_procedure(jsonb_build_object('title', 'Build', 'part_id', v_part, 'steps', jsonb_build_array(
        jsonb_build_object('key', 'a', 'title', 'A', 'approvals', '[{"role": "quality"}]'::jsonb,
            'fields', '[{"name": "N", "type": "number", "maximum": "1"}, {"name": "S", "type": "signoff"}]'::jsonb,
            'requirements', jsonb_build_array(jsonb_build_object('part_id', v_screw, 'quantity_per_unit', '2'))),
        jsonb_build_object('key', 'b', 'title', 'B', 'required', false, 'fields', '[{"name": "M", "type": "text"}]'::jsonb),
        '{"key": "c", "title": "C", "after": ["a"], "steps": [{"title": "C1"}]}'::jsonb))) ->> 'id')::uuid;
    perform traveler.move_procedure(v_procedure, null, 'released');
    insert into gap.setting values ((select o.org_id from traveler.org o where o.slug = p_slug), p_admin, p_quality, v_procedure, v_stock);
    perform setseed(p_seed);
end
$$;

-- One act; what the rules refuse is not done.
create function gap.try(p_act text) returns boolean language plpgsql as $$
begin
    execute 'select ' || p_act;
    return true;
exception when others then
    if sqlstate not like 'TV%' then
        raise;
    end if;
    return false;
end
$$;
create function gap.value(p_run uuid, p_field text, p_value jsonb) returns boolean language sql as $$
    select gap.try(format('traveler.enter_values(%L, null, %L)', f.run_step_id, jsonb_build_object('values', jsonb_build_array(
        jsonb_build_object('field_id', f.id, 'value', p_value)))))
    from traveler.run_step_field f where f.run_id = p_run and f.name = p_field
$$;
create function gap.step(p_run uuid, p_title text) returns uuid language sql stable as $$ select s.id from traveler.run_step s where s.run_id = p_run and s.title = p_title $$;
create function gap.move(p_run uuid, p_title text, p_act text) returns boolean language sql as $$
    select gap.try(case p_act when 'start' then format('traveler.start_steps(array[%L::uuid])', gap.step(p_run, p_title))
        when 'complete' then format('traveler.complete_steps(array[%L::uuid])', gap.step(p_run, p_title))
        else format('traveler.act_on_steps(%L, array[%L::uuid], null, ''because'')', p_act, gap.step(p_run, p_title)) end)
$$;

-- One run, worked through with each thing left out, done wrong or taken back now and then.
create function gap.one(s gap.setting) returns uuid language plpgsql as $$
declare
    v_run uuid;
    v_field uuid;
    v_need uuid;
    v_issue uuid;
begin
    perform traveler.enter(s.admin);
    v_run := (traveler.create_run(jsonb_strip_nulls(jsonb_build_object('procedure_id', s.procedure_id,
        'lot_number', case when random() < 0.95 then 'L' end))) ->> 'id')::uuid;
    select f.id into v_field from traveler.run_step_field f where f.run_id = v_run and f.name = 'N';
    select q.id into v_need from traveler.build_requirement q where q.run_id = v_run;
    if random() < 0.3 then
        v_issue := (traveler.create_issue(jsonb_build_object('title', 'Something', 'run_id', v_run)) ->> 'id')::uuid;
        if random() < 0.4 then
            perform gap.try(format('traveler.except_requirement(%L, %L)', v_need, jsonb_build_object('issue_id', v_issue, 'quantity', '1', 'reason', 'short')));
        end if;
    end if;
    if random() < 0.03 then
        perform traveler.act_on_run('cancel', v_run, null, 'no');
        return v_run;
    end if;
    perform gap.move(v_run, 'A', 'start');
    perform gap.value(v_run, 'N', (case when random() < 0.2 then '"2"' when random() < 0.95 then '"1"' else 'null' end)::jsonb);
    if random() < 0.8 then
        perform gap.try(format('traveler.accept_deviation(%L, ''{"rationale": "fits"}'')', v_field));
    end if;
    perform gap.value(v_run, 'S', (case when random() < 0.97 then 'true' else 'null' end)::jsonb);
    perform traveler.enter(s.quality);
    if random() < 0.97 then
        perform gap.try(format('traveler.decide_approval(''approved'', %L, null, ''{}'')', gap.step(v_run, 'A')));
    end if;
    perform traveler.enter(s.admin);
    if random() < 0.97 then
        perform gap.move(v_run, 'A', 'complete');
    end if;
    if random() < 0.95 then
        perform gap.try(format('traveler.install(%L, %L)', v_run, jsonb_build_object('build_requirement_id', v_need, 'part_inventory_id', s.screws,
            'quantity', case when random() < 0.9 then '2' else '1' end)));
    end if;
    if random() < 0.3 then
        perform gap.try(format('traveler.install(%L, %L)', v_run, jsonb_build_object('build_requirement_id', v_need, 'part_inventory_id', s.screws, 'quantity', '1')));
    end if;
    perform case when random() < 0.3 then gap.move(v_run, 'B', 'start') end;
    perform case when random() < 0.6 then gap.value(v_run, 'M', '"seen"') end;
    perform case when random() < 0.8 then gap.move(v_run, 'B', 'complete') end;
    perform case when random() < 0.1 then gap.move(v_run, 'B', 'cancel') end;
    if random() < 0.95 then
        perform gap.move(v_run, 'C', 'start');
        perform gap.move(v_run, 'C1', 'start');
        perform gap.move(v_run, 'C1', (array['complete', 'complete', 'complete', 'complete', 'cancel', 'complete', 'complete', 'hold'])[1 + floor(random() * 8)::integer]);
        perform gap.move(v_run, 'C', (array['complete', 'complete', 'complete', 'complete', 'complete', 'complete', 'fail', 'cancel', 'hold'])[1 + floor(random() * 9)::integer]);
    elsif random() < 0.5 then
        perform gap.move(v_run, 'C', 'cancel');
    end if;
    if random() < 0.15 then
        perform gap.try(format('traveler.correct_values(%L, null, %L)', gap.step(v_run, 'A'), jsonb_build_object('reason', 'misread', 'values',
            jsonb_build_array(jsonb_build_object('field_id', v_field, 'value', case when random() < 0.5 then '0.5' else '3' end)))));
        if random() < 0.7 then
            perform gap.try(format('traveler.accept_deviation(%L, ''{"rationale": "still fits"}'')', v_field));
        end if;
        if random() < 0.8 then
            perform gap.value(v_run, 'S', 'true');
            perform traveler.enter(s.quality);
            perform gap.try(format('traveler.decide_approval(''approved'', %L, null, ''{}'')', gap.step(v_run, 'A')));
            perform traveler.enter(s.admin);
            perform gap.try(format('traveler.sign_steps(array[%L::uuid])', gap.step(v_run, 'A')));
        end if;
    end if;
    if random() < 0.7 then
        perform gap.try(format('traveler.acknowledge_warnings(%L, %L)', v_run, (select jsonb_agg(jsonb_build_object('kind', w.kind, 'subject_id', w.subject_id,
            'stands', w.stands)) from traveler.completion_warning w where w.run_id = v_run)));
    end if;
    if v_issue is not null and random() < 0.1 then
        perform traveler.change_issue(v_issue, null, '{"description": "worse"}');
    end if;
    return v_run;
end
$$;
create function gap.work(p_runs integer) returns void language plpgsql as $$
declare
    s gap.setting;
begin
    select * into s from gap.setting;
    for i in 1 .. p_runs loop
        insert into gap.run (run_id) values (gap.one(s));
    end loop;
end
$$;

-- The rule, from the tables alone: what is missing of each run, in words of its own.
create view gap.judged as
    select g.number, g.run_id, array_to_string(m.kinds, ' ') as gaps, m.kinds
    from gap.run g
    cross join lateral (select array_remove(array[
        case when not exists (select from traveler.run_step s where s.run_id = g.run_id and s.state = 'completed') then 'nothing_done' end,
        case when exists (select from traveler.run_step s where s.run_id = g.run_id
            and (s.state in ('in_progress', 'hold', 'redline', 'failed') or s.required and s.state = 'todo')) then 'step' end,
        case when exists (select from traveler.run_step_field f join traveler.run_step s on s.id = f.run_step_id where f.run_id = g.run_id
            and f.required and f.value is null and not f.not_applicable and s.state <> 'canceled' and (s.required or s.state <> 'todo')) then 'field' end,
        case when exists (select from traveler.run_step_field f join traveler.run_step s on s.id = f.run_step_id where f.run_id = g.run_id and f.name = 'N'
            and (f.value #>> '{}')::numeric > 1 and s.state <> 'canceled' and not exists (
                select from traveler.deviation d where d.run_step_field_id = f.id and d.voided_at is null and d.value = f.value)) then 'range' end,
        -- Signed after the value that it stands for was entered, the step as well.
        case when exists (select from traveler.run_step s where s.run_id = g.run_id and s.title = 'A' and s.state = 'completed' and (
            exists (select from traveler.run_step_field f join traveler.run_step_field n on n.run_step_id = f.run_step_id and n.name = 'N'
                where f.run_step_id = s.id and f.name = 'S' and f.entered_at < n.entered_at)
            or (select max(x.signed_at) from traveler.signature x where x.run_step_id = s.id and x.kind = 'step' and x.voided_at is null) is null
            or (select max(x.signed_at) from traveler.signature x where x.run_step_id = s.id and x.kind = 'step' and x.voided_at is null)
                < (select max(n.entered_at) from traveler.run_step_field n where n.run_step_id = s.id))) then 'signature' end,
        case when exists (select from traveler.run_step s where s.run_id = g.run_id and s.title = 'A' and s.state <> 'canceled' and not exists (
            select from traveler.approval a where a.run_step_id = s.id and a.decision = 'approved' and a.voided_at is null)) then 'approval' end,
        case when exists (select from traveler.build_requirement q join traveler.run_step s on s.id = q.run_step_id where q.run_id = g.run_id and s.state <> 'canceled'
            and q.quantity_needed > coalesce((select sum(n.quantity) from traveler.installation n where n.build_requirement_id = q.id and n.removed_at is null), 0)
                + coalesce((select sum(e.quantity) from traveler.build_requirement_exception e where e.build_requirement_id = q.id and e.withdrawn_at is null), 0)) then 'part' end,
        case when exists (select from traveler.run_inventory ri join traveler.part_inventory i on i.id = ri.part_inventory_id
            where ri.run_id = g.run_id and i.lot_number is null) then 'lot' end,
        case when exists (select from traveler.issue i where i.run_id = g.run_id and i.state <> 'resolved' and not exists (
            select from traveler.completion_acknowledgment a where a.run_id = g.run_id and a.subject_id = i.id and a.stands = i.version::text)) then 'warning' end],
        null) as kinds) m;

-- By direct SQL, as the schema's owner.
create function gap.by_hand(p_run uuid) returns boolean language plpgsql as $$
begin
    perform traveler.enter((select s.admin from gap.setting s));
    set local role traveler_owner;
    update traveler.run set completed_at = now() where id = p_run;
    reset role;
    return true;
exception when others then
    if sqlstate <> 'TV409' then
        raise;
    end if;
    return false;
end
$$;
