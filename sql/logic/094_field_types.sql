-- What each type of field takes, and what is kept with a value: entered units, tools as they were, cells out of range (P4).

-- What is wrong with a value for a field's type; null when nothing is. A tool that can't be used is refused by a code of its own.
create or replace function traveler_private.field_value_fault(f traveler.run_step_field) returns text
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_kind text := jsonb_typeof(f.value);
    v_text text := f.value #>> '{}';
    v_is_id boolean := v_kind = 'string' and v_text ~ '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$';
begin
    case f.type
    when 'text' then
        if v_kind <> 'string' or char_length(v_text) not between 1 and 10000 then return 'is a text of 1 to 10,000 characters'; end if;
    when 'number' then
        if v_kind <> 'string' or v_text !~ '^-?[0-9]{1,30}(\.[0-9]{1,30})?$' then return 'is a decimal number such as "12.50"'; end if;
    when 'boolean' then
        if v_kind <> 'boolean' then return 'is true or false'; end if;
    when 'pass_fail' then
        if v_kind <> 'string' or v_text not in ('pass', 'fail') then return 'is "pass" or "fail"'; end if;
    when 'date' then
        if v_kind <> 'string' or v_text !~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' then return 'is a date such as "2026-02-28"'; end if;
        begin
            perform v_text::date;
        exception when datetime_field_overflow or invalid_datetime_format then
            return 'is a date of the calendar';
        end;
    when 'datetime' then
        if v_kind <> 'string' or v_text !~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})$' then
            return 'is a time such as "2026-02-28T13:45:00Z"';
        end if;
        begin
            perform v_text::timestamptz;
        exception when datetime_field_overflow or invalid_datetime_format or invalid_time_zone_displacement_value then
            return 'is a time of the calendar';
        end;
    when 'select' then
        if v_kind <> 'string' or (v_text = any (f.options)) is not true then return 'is one of: ' || array_to_string(f.options, ', '); end if;
    when 'multiselect' then
        if v_kind <> 'array' or jsonb_array_length(f.value) = 0
            or exists (select from jsonb_array_elements(f.value) e where jsonb_typeof(e) <> 'string' or (e #>> '{}' = any (f.options)) is not true)
            or (select count(*) <> count(distinct e) from jsonb_array_elements(f.value) e) then
            return 'is a list, each once, of: ' || array_to_string(f.options, ', ');
        end if;
    when 'user' then
        if not v_is_id or not exists (select from traveler.user_account u where u.org_id = f.org_id and u.id = v_text::uuid and u.active) then
            return 'is the id of an active user of the org';
        end if;
    when 'part' then
        if not v_is_id or not exists (select from traveler.part p where p.org_id = f.org_id and p.id = v_text::uuid and p.archived_at is null) then
            return 'is the id of a part of the org';
        end if;
    when 'tool' then
        if not v_is_id then return 'is the id of a tool of the org'; end if;
        return traveler_private.tool_fault(f, v_text::uuid);
    when 'file' then
        if not v_is_id then return 'is the id of a file that was attached to this field'; end if;
        return traveler_private.file_fault(f, v_text::uuid);
    when 'datagrid' then
        return traveler_private.datagrid_value_fault(f);
    when 'signoff' then
        if v_kind <> 'boolean' or v_text <> 'true' then return 'is signed with true'; end if;
    end case;
    return null;
end
$$;
comment on function traveler_private.field_value_fault is 'What a field''s type says against its value; null when nothing (P4).';

-- P4: an overdue tool is refused, with which and since when. Due is the last day of use, in UTC.
create or replace function traveler_private.tool_fault(f traveler.run_step_field, p_tool uuid) returns text
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_tool traveler.tool;
begin
    select * into v_tool from traveler.tool t where t.org_id = f.org_id and t.id = p_tool;
    if not found then
        return 'is the id of a tool of the org';
    end if;
    if v_tool.archived_at is not null then
        perform traveler_private.refuse(409, 'tool_archived', 'P4',
            format('Tool %s (%s) is archived since %s.', v_tool.number, v_tool.name, traveler.json_time(v_tool.archived_at)),
            'Use another tool.', jsonb_build_object('field_id', f.id, 'tool_id', v_tool.id));
    end if;
    if v_tool.calibration_due < (now() at time zone 'UTC')::date then
        perform traveler_private.refuse(409, 'tool_overdue', 'P4',
            format('The calibration of tool %s (%s) was due on %s.', v_tool.number, v_tool.name, to_char(v_tool.calibration_due, 'YYYY-MM-DD')),
            'Use another tool, or have it calibrated and record when it is due next.',
            jsonb_build_object('field_id', f.id, 'tool_id', v_tool.id, 'calibration_due', to_char(v_tool.calibration_due, 'YYYY-MM-DD')));
    end if;
    return null;
end
$$;
comment on function traveler_private.tool_fault is 'Whether a tool can be used now; an archived or overdue one is refused by name (P4).';

-- A value as a request gives it, in the form in which it is kept: a number in the field's unit, the cells' numbers as decimal strings.
create or replace function traveler_private.kept_value(f traveler.run_step_field, p_given jsonb) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_unit text := p_given ->> 'unit';
    v_converted numeric;
begin
    if f.type = 'datagrid' and v_unit is null then
        return traveler_private.datagrid_value(f.datagrid, p_given -> 'value');
    end if;
    perform traveler_private.demand(v_unit is null or f.type = 'number', 422, 'unit_not_asked', 'P4', format('"%s" takes no unit.', f.name), null,
        jsonb_build_object('field_id', f.id));
    if v_unit is null or v_unit = f.unit then
        return case jsonb_typeof(p_given -> 'value') when 'number' then to_jsonb(p_given ->> 'value') else p_given -> 'value' end;
    end if;
    v_converted := traveler_private.converted(traveler_private.decimal_of(p_given ->> 'value'), v_unit, f.unit);
    perform traveler_private.demand(v_converted is not null, 422, 'unit_not_convertible', 'P4',
        format('"%s" is in %s, and %s does not convert to that.', f.name, coalesce(f.unit, 'no unit'), v_unit), null, jsonb_build_object('field_id', f.id));
    return to_jsonb(v_converted::text);
end
$$;
comment on function traveler_private.kept_value is 'A value of a request in the form in which it is kept: in the field''s unit, exact (P4).';

-- What is kept with the value. A number keeps what was entered in another unit, if it says the same; a tool what it was like when it
-- was used, so that the record stays true when it is calibrated or renamed; a file its name, size and digest.
create or replace function traveler_private.keep_value_detail() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    case
    when new.value is null then
        new.value_detail := null;
    when new.type = 'number' then
        if new.value_detail is not distinct from old.value_detail and new.value is distinct from old.value then
            new.value_detail := null;
        elsif new.value_detail is not null then
            perform traveler_private.demand(
                new.value_detail = jsonb_build_object('unit', new.value_detail ->> 'unit', 'value', new.value_detail ->> 'value')
                and traveler_private.converted(traveler_private.decimal_of(new.value_detail ->> 'value'), new.value_detail ->> 'unit', new.unit)
                    = (new.value #>> '{}')::numeric, 422, 'value_detail', 'P4',
                format('What was entered for "%s" is not what its value says.', new.name), null, jsonb_build_object('field_id', new.id));
            if new.value_detail ->> 'unit' = new.unit then
                new.value_detail := null;
            end if;
        end if;
    when new.type = 'tool' then
        select jsonb_build_object('number', t.number, 'name', t.name, 'serial_number', t.serial_number, 'calibration_due', to_char(t.calibration_due, 'YYYY-MM-DD'))
        into new.value_detail from traveler.tool t where t.org_id = new.org_id and t.id = (new.value #>> '{}')::uuid;
    when new.type = 'file' then
        select jsonb_build_object('file_name', a.file_name, 'content_type', a.content_type, 'byte_size', a.byte_size, 'digest', encode(a.digest, 'hex'))
        into new.value_detail from traveler.attachment a where a.org_id = new.org_id and a.id = (new.value #>> '{}')::uuid;
    when new.type <> 'datagrid' then
        new.value_detail := null;
    else
        null;
    end case;
    return new;
end
$$;
comment on function traveler_private.keep_value_detail is 'Trigger: keeps with a value what was entered in another unit, and what a tool was like at its use (P4).';
create or replace trigger _115_keep_value_detail before update of value, value_detail on traveler.run_step_field
    for each row when (new.type in ('tool', 'file') or num_nulls(old.value_detail, new.value_detail) < 2) execute function traveler_private.keep_value_detail();

-- Out of range: outside the limits, on the wrong side of the field that it is held against, or a cell of the grid outside its column's.
create or replace function traveler_private.is_out_of_range(f traveler.run_step_field) returns boolean
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_number numeric;
    v_other numeric;
    v_unit text;
begin
    if f.value is null then
        return false;
    elsif f.type = 'datagrid' then
        return coalesce(f.value_detail ? 'out_of_range', false);
    elsif f.type <> 'number' then
        return false;
    end if;
    v_number := (f.value #>> '{}')::numeric;
    if v_number < coalesce(f.minimum, f.target - f.tolerance_minus) or v_number > coalesce(f.maximum, f.target + f.tolerance_plus) then
        return true;
    end if;
    if f.compare_field_id is null then
        return false;
    end if;
    select x.number_value, x.unit into v_other, v_unit from traveler.run_step_field x where x.org_id = f.org_id and x.id = f.compare_field_id;
    if v_unit is distinct from f.unit then
        v_other := traveler_private.converted(v_other, v_unit, f.unit);
    end if;
    -- Without a value there is nothing to be held against yet.
    return case f.compare_op
        when '<' then v_number >= v_other when '<=' then v_number > v_other when '=' then v_number <> v_other
        when '>=' then v_number < v_other else v_number <= v_other end is true;
end
$$;
comment on function traveler_private.is_out_of_range is 'Whether a field''s value lies outside its validation (P4).';

create or replace function traveler_private.judge_range() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_cells jsonb;
begin
    if new.type = 'datagrid' then
        v_cells := traveler_private.cells_out_of_range(new.datagrid, new.value);
        new.value_detail := case when v_cells is not null then jsonb_build_object('out_of_range', v_cells) end;
    end if;
    new.out_of_range := traveler_private.is_out_of_range(new);
    return new;
end
$$;
comment on function traveler_private.judge_range is 'Trigger: derives whether a value is out of range (P4).';
create or replace trigger _130_judge_range before update of value, value_detail, type, unit, minimum, maximum, target, tolerance_minus, tolerance_plus, datagrid,
    compare_op, compare_field_id on traveler.run_step_field
    for each row when (new.type in ('number', 'datagrid') or new.out_of_range) execute function traveler_private.judge_range();
create or replace trigger _120_refuse_derived_range before update of out_of_range on traveler.run_step_field
    for each row when (pg_trigger_depth() = 0) execute function traveler_private.refuse_derived('run_step_field', 'P4', 'Whether a value is out of range');
create or replace trigger _120_refuse_derived_insert before insert on traveler.run_step_field
    for each row when (new.out_of_range or new.value_detail is not null)
    execute function traveler_private.refuse_derived('run_step_field', 'P4', 'What is kept with a value');

-- A value that others are held against judges them anew, in whatever step they are. The run's row is locked by then.
create or replace function traveler_private.judge_compared() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    update traveler.run_step_field f set out_of_range = not f.out_of_range
    where f.org_id = new.org_id and f.compare_field_id = new.id and f.out_of_range <> traveler_private.is_out_of_range(f);
    return null;
end
$$;
comment on function traveler_private.judge_compared is 'Trigger: when a value changes, the fields that are held against it are judged anew (P4).';
create or replace trigger _500_judge_compared after update of value, unit on traveler.run_step_field
    for each row when (new.type = 'number' and (old.value, old.unit) is distinct from (new.value, new.unit)) execute function traveler_private.judge_compared();

-- What a field is held against is a number of the same document, in a unit that converts. A field of a run keeps to its run.
create or replace function traveler_private.guard_compared() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_is_fit boolean;
begin
    execute format('select x.type = ''number'' and x.%2$I = ($1).%2$I
            and (x.unit is not distinct from ($1).unit or traveler_private.converted(0, x.unit, ($1).unit) is not null)
        from traveler.%1$I x where x.org_id = ($1).org_id and x.id = ($1).compare_field_id', tg_table_name, tg_argv[0]) into v_is_fit using new;
    perform traveler_private.demand(v_is_fit, 422, 'field_compare', 'P4',
        format('"%s" is held against a number of the same procedure or run, in a unit that converts to its own.', new.name));
    return null;
end
$$;
comment on function traveler_private.guard_compared is 'Trigger: a number is held against a number of the same procedure or run, in a unit that converts (P4).';
do $$
declare
    r record;
begin
    for r in select * from (values ('procedure_field', 'procedure_id'), ('run_step_field', 'run_id')) t (name, document) loop
        execute format('create or replace trigger _110_guard_compared_insert after insert on traveler.%I
            for each row when (new.compare_field_id is not null) execute function traveler_private.guard_compared(%L)', r.name, r.document);
        execute format('create or replace trigger _110_guard_compared_update after update of compare_field_id, unit, type on traveler.%I
            for each row when (new.compare_field_id is not null) execute function traveler_private.guard_compared(%L)', r.name, r.document);
    end loop;
end $$;

-- Writes which fields of a draft are held against which, from its document: "compare": {"op", "field", "step"?}, by the field's name and
-- the step's key. The fields are there by then.
create or replace function traveler_private.write_comparisons(p_procedure uuid, p_flat jsonb) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    r record;
    v_ids uuid[];
begin
    for r in
        select (f ->> 'id')::uuid as step_id, x.ordinality::integer as position, x.value ->> 'name' as name, x.value -> 'compare' as compare
        from jsonb_array_elements(p_flat) f, jsonb_array_elements(f -> 'step' -> 'fields') with ordinality x
        where jsonb_typeof(x.value -> 'compare') = 'object'
    loop
        select array_agg(x.id) into v_ids
        from jsonb_array_elements(p_flat) f
        join traveler.procedure_field x on x.org_id = v_org and x.procedure_step_id = (f ->> 'id')::uuid and x.name = r.compare ->> 'field'
        where case when r.compare ->> 'step' is null then (f ->> 'id')::uuid = r.step_id else f -> 'step' ->> 'key' = r.compare ->> 'step' end;
        perform traveler_private.demand(cardinality(v_ids) = 1, 422, 'field_compare', 'P4',
            format('"%s" is held against "%s", which is not the name of exactly one field there.', r.name, r.compare ->> 'field'));
        update traveler.procedure_field x set compare_op = r.compare ->> 'op', compare_field_id = v_ids[1]
        where x.org_id = v_org and x.procedure_step_id = r.step_id and x.position = r.position;
    end loop;
end
$$;
comment on function traveler_private.write_comparisons is 'Writes which fields of a draft are held against which, from its document (P4).';

-- The same for a new version, from the one before it; the map is from the steps of that one to its own.
create or replace function traveler_private.copy_comparisons(p_from uuid, p_map jsonb) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    update traveler.procedure_field n set compare_op = f.compare_op, compare_field_id = nt.id
    from traveler.procedure_field f
    join traveler.procedure_field t on t.org_id = f.org_id and t.id = f.compare_field_id
    join traveler.procedure_field nt on nt.org_id = t.org_id and nt.procedure_step_id = (p_map ->> t.procedure_step_id::text)::uuid and nt.position = t.position
    where f.org_id = traveler_private.org() and f.procedure_id = p_from and f.compare_field_id is not null
        and n.org_id = f.org_id and n.procedure_step_id = (p_map ->> f.procedure_step_id::text)::uuid and n.position = f.position;
end
$$;
comment on function traveler_private.copy_comparisons is 'Copies which fields are held against which to a new version of their procedure (P4).';

create or replace function traveler_private.compare_json(p_op text, p_field uuid) returns jsonb
language sql stable parallel safe
as $$ select case when p_op is not null then jsonb_build_object('op', p_op, 'field_id', p_field) end $$;
comment on function traveler_private.compare_json is 'What a number field is held against, as JSON; null when nothing (P4).';
