-- The values of custom attributes (F2, F3): one JSON document a record, judged by Postgres whoever writes it.

-- What is said of attributes as such, whatever their type, wherever they are judged.
create or replace function traveler_private.attribute_sentence(p_code text) returns text
language sql immutable parallel safe
as $$
    select case p_code when 'attribute_unknown' then 'is no attribute of this kind of record' when 'attribute_missing' then 'is required'
        when 'attribute_archived' then 'is archived: no value is given any more' when 'attributes_invalid' then 'Attributes are an object: values by their keys.'
        when 'attributes_too_large' then 'The attributes of a record take 64 KiB at most.' end
$$;
comment on function traveler_private.attribute_sentence is 'What is wrong with an attribute or a document of attributes, by the refusal''s code (F2).';

-- What a definition makes of a value: the form in which it is kept, or what is wrong with it. Numbers are kept as decimal strings with the
-- digits that were given, times in UTC with microseconds, so that equal times are equal texts.
create or replace function traveler_private.attribute_value(d traveler.attribute_definition, p_value jsonb, out kept jsonb, out code text, out fault text)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_kind text := jsonb_typeof(p_value);
    v_text text := p_value #>> '{}';
    v_time timestamptz;
begin
    code := 'wrong_type';
    case d.type
    when 'text' then
        fault := case when v_kind <> 'string' or char_length(v_text) not between 1 and 10000 then 'is a text of 1 to 10,000 characters' end;
    when 'number' then
        fault := case when v_kind not in ('string', 'number') or v_text !~ '^-?[0-9]{1,30}(\.[0-9]{1,30})?$' then 'is a decimal number such as "12.50"' end;
        kept := to_jsonb(v_text);
    when 'boolean' then
        fault := case when v_kind <> 'boolean' then 'is true or false' end;
    when 'date' then
        fault := 'is a date such as "2026-02-28"';
        if v_kind = 'string' and v_text ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' then
            begin
                perform v_text::date;
                fault := null;
            exception when datetime_field_overflow or invalid_datetime_format then
                null;
            end;
        end if;
    when 'datetime' then
        fault := 'is a time such as "2026-02-28T13:45:00Z"';
        if v_kind = 'string' and v_text ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})$' then
            begin
                v_time := v_text::timestamptz;
                if v_time >= '0001-01-01 00:00:00+00' and v_time < '10000-01-01 00:00:00+00' then
                    kept := to_jsonb(traveler.json_time(v_time));
                    fault := null;
                end if;
            exception when datetime_field_overflow or invalid_datetime_format or invalid_time_zone_displacement_value then
                null;
            end;
        end if;
    when 'select' then
        if v_kind <> 'string' then
            fault := 'is one of its options, as a string';
        elsif v_text = any (d.retired_options) then
            code := 'option_retired';
            fault := format('is no longer "%s": the option is retired', left(v_text, 100));
        elsif not v_text = any (d.options) then
            code := 'option_unknown';
            fault := format('has no option "%s"', left(v_text, 100));
        end if;
    when 'multiselect' then
        if v_kind <> 'array' then
            fault := 'is a list of its options';
        elsif jsonb_array_length(p_value) not between 1 and 500 or jsonb_path_exists(p_value, '$[*] ? (@.type() != "string")')
            or (select count(*) <> count(distinct e) from jsonb_array_elements(p_value) e) then
            fault := 'is a list of its options, at least one, each once';
        else
            select case when x.option = any (d.retired_options) then 'option_retired' else 'option_unknown' end,
                format(case when x.option = any (d.retired_options) then 'no longer has "%s": the option is retired' else 'has no option "%s"' end, left(x.option, 100))
            into code, fault
            from jsonb_array_elements_text(p_value) x (option) where x.option = any (d.retired_options) or not x.option = any (d.options) limit 1;
        end if;
    else
        kept := to_jsonb(lower(v_text));
        if v_kind <> 'string' or v_text !~* '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' then
            fault := format('is the id of a %s', d.type);
        elsif not (case d.type
            when 'user' then exists (select from traveler.user_account u where u.org_id = d.org_id and u.id = v_text::uuid and u.active)
            when 'part' then exists (select from traveler.part p where p.org_id = d.org_id and p.id = v_text::uuid and p.archived_at is null)
            else exists (select from traveler.attachment a where a.org_id = d.org_id and a.id = v_text::uuid and a.archived_at is null) end) then
            code := 'reference_unknown';
            fault := case d.type when 'user' then 'is the id of an active user of the org' when 'part' then 'is the id of a part of the org that is not archived'
                else 'is the id of an attachment of the org that is not archived' end;
        end if;
    end case;
    if fault is null then
        code := null;
        kept := coalesce(kept, p_value);
    else
        kept := null;
    end if;
end
$$;
comment on function traveler_private.attribute_value is 'What an attribute''s definition makes of a value: the form in which it is kept, or a code and a sentence of what is wrong with it (F2).';

-- What a value may stay by: a value that was there before is no change. The step of a run has what its procedure's had, or gets back what it had before a
-- redline that is open; a version of a procedure what the versions before it have, or the run that it was saved from; a row that was split off what its
-- origin has. All of these keep the type of an attribute as it is. Null where a record is no copy.
create or replace function traveler_private.earlier_attributes(p_table text, p_row jsonb) returns jsonb[]
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
begin
    if p_table = 'part_inventory' and p_row ->> 'origin_id' is not null then
        return array(select i.attributes from traveler.part_inventory i where i.org_id = v_org and i.id = (p_row ->> 'origin_id')::uuid);
    elsif p_table = 'procedure' and p_row ->> 'family_id' <> p_row ->> 'id' then
        return array(select p.attributes from traveler.procedure p where p.org_id = v_org and p.family_id = (p_row ->> 'family_id')::uuid);
    elsif p_table = 'procedure_step' and p_row ->> 'lineage_id' is not null then
        return array(
            select s.attributes from traveler.procedure n
            join traveler.procedure p on p.org_id = n.org_id and p.family_id = n.family_id
            join traveler.procedure_step s on s.org_id = p.org_id and s.procedure_id = p.id and coalesce(s.lineage_id, s.id) = (p_row ->> 'lineage_id')::uuid
            where n.org_id = v_org and n.id = (p_row ->> 'procedure_id')::uuid
            union all
            select s.attributes from traveler.run_step s where s.org_id = v_org and s.id = (p_row ->> 'lineage_id')::uuid);
    elsif p_table = 'run_step' then
        return array(
            select s.attributes from traveler.procedure_step s where s.org_id = v_org and s.id = (p_row ->> 'origin_step_id')::uuid
            union all
            select o.before -> 'attributes' from traveler.redline o where o.org_id = v_org and o.run_step_id = (p_row ->> 'id')::uuid and o.before ? 'attributes'
                and o.state not in ('released', 'canceled'));
    end if;
    return null;
end
$$;
comment on function traveler_private.earlier_attributes is 'The attributes of what a record is a copy or a version of, which it may keep as they are; null where it is none (F2).';

-- F2: whoever writes the document, the keys that change are judged, all at once. A new record gets the defaults of what it is not given; null
-- stands for no value, and takes one away. The lock of one definition keeps whoever changes a key or a type, or makes a mirror of the values, out until
-- this writer is done (law 11); a retired option or an archived definition needs none: what was written before may stay.
create or replace function traveler_private.judge_attributes() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_record constant text := tg_argv[0];
    v_is_new boolean := tg_op = 'INSERT';
    v_old jsonb := '{}'::jsonb;
    v_earlier jsonb[];
    v_kept jsonb;
    v_faults jsonb;
    v_text text;
begin
    if not v_is_new then
        v_old := old.attributes;
    end if;
    if new.attributes <> '{}' then
        perform traveler_private.demand(jsonb_typeof(new.attributes) = 'object', 422, 'attributes_invalid', 'F2', traveler_private.attribute_sentence('attributes_invalid'));
        perform traveler_private.demand(octet_length(new.attributes::text) <= 65536, 422, 'attributes_too_large', 'F2', traveler_private.attribute_sentence('attributes_too_large'),
            'Put what is long into a file.');
    end if;
    perform from traveler.attribute_definition d where d.org_id = new.org_id and d.record = v_record order by d.id limit 1 for key share;
    if not found and new.attributes = '{}' then
        return new;
    end if;
    if v_is_new and v_record <> 'run' or tg_table_name = 'run_step' then
        v_earlier := traveler_private.earlier_attributes(tg_table_name, to_jsonb(new));
        v_is_new := v_is_new and v_earlier is null;
        select v_old || coalesce(jsonb_object_agg(e.key, e.value), '{}') into v_old
        from jsonb_each(new.attributes) e where exists (select from unnest(v_earlier) x where x -> e.key = e.value);
    end if;
    select coalesce(jsonb_object_agg(x.key, x.kept) filter (where x.kept is not null), '{}'),
        jsonb_agg(jsonb_build_object('key', left(x.key, 100), 'label', x.label, 'code', x.code, 'detail', x.fault) order by x.key collate "C") filter (where x.fault is not null)
    into v_kept, v_faults
    from (
        select g.key, g.label, case when g.is_judged then v.kept when g.value <> 'null' then g.value end as kept,
            case when g.id is null then 'attribute_unknown' when g.is_missing then 'attribute_missing' when g.is_closed then 'attribute_archived' else v.code end as code,
            case when g.id is null then traveler_private.attribute_sentence('attribute_unknown') when g.is_missing then traveler_private.attribute_sentence('attribute_missing')
                when g.is_closed then traveler_private.attribute_sentence('attribute_archived') else v.fault end as fault
        from (
            select coalesce(n.key, d.key) as key, d.label, d.id, d.definition, y.value,
                d.id is not null and y.value <> 'null' and y.value is distinct from v_old -> d.key and d.archived_at is null as is_judged,
                d.archived_at is not null and y.value <> 'null' and y.value is distinct from v_old -> d.key as is_closed,
                d.required and d.required_from = 'creation' and d.archived_at is null and coalesce(y.value, 'null') = 'null' and (v_is_new or v_old ? d.key) as is_missing
            from jsonb_each(new.attributes) n
            full join (select d as definition, d.* from traveler.attribute_definition d where d.org_id = new.org_id and d.record = v_record) d on d.key = n.key
            cross join lateral (select coalesce(n.value, case when v_is_new and d.archived_at is null then d.default_value end) as value) y) g
        left join lateral (select a.* from traveler_private.attribute_value(g.definition, g.value) a where g.is_judged) v on true) x;
    if v_faults is not null then
        select string_agg(format('"%s" %s', coalesce(f ->> 'label', f ->> 'key'), f ->> 'detail'), '; ' order by place) into v_text
        from jsonb_array_elements(v_faults) with ordinality f (f, place) where place <= 5;
        perform traveler_private.refuse(422, 'attributes_refused', 'F2',
            v_text || case when jsonb_array_length(v_faults) > 5 then format('; and %s more.', jsonb_array_length(v_faults) - 5) else '.' end, null,
            jsonb_build_object('record', v_record, 'attributes', jsonb_path_query_array(v_faults, '$[0 to 99]')));
    end if;
    new.attributes := v_kept;
    return new;
end
$$;
comment on function traveler_private.judge_attributes is 'Trigger: the attributes of a record are those that its org defined, their values what these take; all that is wrong is named at once (F2).';

do $$
declare
    r record;
begin
    for r in select * from (values ('run', 'run'), ('procedure', 'procedure'), ('issue', 'issue'), ('part_inventory', 'part_inventory'), ('run_step', 'run_step'),
        ('procedure_step', 'run_step')) t (name, record)
    loop
        -- What a run's steps start with was judged in their procedure: only what is there costs anything.
        execute format('create or replace trigger _110_judge_attributes_insert before insert on traveler.%I
            for each row %s execute function traveler_private.judge_attributes(%L)', r.name, case r.name when 'run_step' then 'when (new.attributes <> ''{}'')' else '' end, r.record);
        execute format('create or replace trigger _110_judge_attributes_update before update of attributes on traveler.%I
            for each row when (old.attributes is distinct from new.attributes) execute function traveler_private.judge_attributes(%L)', r.name, r.record);
    end loop;
end $$;

-- F3: what a run is not given it inherits, where its procedure has a value under the same key and of the same type. The value is judged as if it had been
-- given: a retired option is refused by name, and null, or another value, given with the run does without it.
create or replace function traveler_private.inherit_attributes() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_inherited jsonb;
begin
    select p.attributes into v_inherited from traveler.procedure p where p.org_id = new.org_id and p.id = new.procedure_id;
    if v_inherited <> '{}' then
        select jsonb_object_agg(d.key, v_inherited -> d.key) into v_inherited
        from traveler.attribute_definition d
        join traveler.attribute_definition o on o.org_id = d.org_id and o.record = 'procedure' and o.key = d.key and o.type = d.type
        where d.org_id = new.org_id and d.record = 'run' and d.archived_at is null and v_inherited ? d.key;
        new.attributes := coalesce(v_inherited, '{}') || new.attributes;
    end if;
    return new;
end
$$;
comment on function traveler_private.inherit_attributes is 'Trigger: a new run has its procedure''s attributes of the same key and type, where it is given none (F3).';
create or replace trigger _105_inherit_attributes before insert on traveler.run
    for each row when (new.procedure_id is not null and jsonb_typeof(new.attributes) = 'object') execute function traveler_private.inherit_attributes();

-- F2: an issue is not resolved, and no procedure released, while it lacks what is required of it.
create or replace function traveler_private.demand_attributes() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_labels text;
begin
    select string_agg(format('"%s"', d.label), ', ' order by d.label) into v_labels from traveler.attribute_definition d
    where d.org_id = new.org_id and d.record = tg_table_name and d.required and d.archived_at is null and not new.attributes ? d.key;
    perform traveler_private.demand(v_labels is null, 409, 'attribute_missing', 'F2', format('There is no value yet of: %s.', v_labels), 'Give it one.');
    return new;
end
$$;
comment on function traveler_private.demand_attributes is 'Trigger: an issue is resolved and a procedure released with all the attributes that are required of it (F2).';
create or replace trigger _120_demand_attributes before update of state on traveler.issue
    for each row when (new.state = 'resolved' and old.state <> 'resolved') execute function traveler_private.demand_attributes();
create or replace trigger _120_demand_attributes before update of state on traveler.procedure
    for each row when (new.state = 'released' and old.state <> 'released') execute function traveler_private.demand_attributes();

-- The document that a request makes of the one that is there: what it names is set, null takes away, the rest stays.
create or replace function traveler_private.merged_attributes(p_now jsonb, p_given jsonb) returns jsonb
language sql immutable parallel safe
as $$ select p_now || coalesce(p_given, '{}') $$;
comment on function traveler_private.merged_attributes is 'A record''s attributes with those that a request gives; null takes a value away (F2).';

-- PUT /v1/runs/{id}/attributes: {attributes: {key: value or null}}
create or replace function traveler.set_run_attributes(p_run uuid, p_version integer, p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_now traveler.run;
begin
    perform traveler_private.require('run.update');
    select * into v_now from traveler.run r where r.org_id = v_org and r.id = p_run for no key update;
    perform traveler_private.demand(found, 404, 'run_unknown', 'T1', 'There is no such run.');
    perform traveler_private.expect_version('run', p_run, v_now.version, p_version);
    update traveler.run r set attributes = traveler_private.merged_attributes(r.attributes, p_request -> 'attributes') where r.org_id = v_org and r.id = p_run;
    return traveler.run_json(p_run);
end
$$;
comment on function traveler.set_run_attributes is 'Sets attributes of a live run; null takes a value away, and what is not named stays (F2).';
