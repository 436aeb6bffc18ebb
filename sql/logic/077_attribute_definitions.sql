-- What an org defines as attributes of its records (F1).

-- Whether any record has a value under a key: of a run's steps, what procedures start them with as well, and what a step gets back when its redline is
-- canceled (D3).
create or replace function traveler_private.attribute_has_values(p_record text, p_key text) returns boolean
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_found boolean;
begin
    execute format('select exists (select from traveler.%I x where x.org_id = $1 and x.attributes ? $2)', p_record) into v_found using traveler_private.org(), p_key;
    return v_found or p_record = 'run_step' and (
        exists (select from traveler.procedure_step x where x.org_id = traveler_private.org() and x.attributes ? p_key)
        or exists (select from traveler.redline x where x.org_id = traveler_private.org() and x.state not in ('released', 'canceled') and x.before -> 'attributes' ? p_key));
end
$$;
comment on function traveler_private.attribute_has_values is 'Whether any record of an org has a value of an attribute (F1).';

-- Whoever writes a definition. What judges values by it may run at the same time: the options and the default change beside it, the key and the type
-- wait until no writer of values is under way, and then look (law 11).
create or replace function traveler_private.guard_attribute_definition() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_old traveler.attribute_definition;
    v_wrong text;
    v_fault text;
begin
    perform traveler_private.require('attribute.define');
    if tg_op = 'INSERT' then
        perform from traveler.org o where o.org_id = new.org_id for no key update;
        perform traveler_private.demand((select count(*) < 200 from traveler.attribute_definition d where d.org_id = new.org_id and d.record = new.record and d.archived_at is null),
            409, 'attributes_too_many', 'F1', 'A kind of record has 200 attributes at most.', 'Archive one that nobody needs.');
        -- Those that are archived stay, each a column for analysts (F4).
        perform traveler_private.demand((select count(*) < 1000 from traveler.attribute_definition d where d.org_id = new.org_id and d.record = new.record),
            409, 'attributes_too_many', 'F1', 'A kind of record has 1,000 attributes at most, with those that are archived.', 'Call one that has no values otherwise, and give it another type.');
        perform traveler_private.demand(new.archived_at is null, 409, 'derived', 'F1', 'A new attribute is not archived.');
        new.created_by := traveler_private.actor();
    else
        v_old := old;
        perform traveler_private.demand(old.archived_at is null, 409, 'attribute_archived', 'T4', format('Attribute "%s" is archived, and stays as it is.', old.label));
        perform traveler_private.demand((new.record, new.created_by, new.created_at) = (old.record, old.created_by, old.created_at), 409, 'attribute_identity', 'F1',
            'What kind of record has an attribute never changes.', 'Define another.');
        if (old.key, old.type) <> (new.key, new.type) then
            perform from traveler.attribute_definition d where d.org_id = new.org_id and d.record = new.record order by d.id for update;
            perform traveler_private.demand(not traveler_private.attribute_has_values(old.record, old.key), 409, 'attribute_has_values', 'F1',
                format('Attribute "%s" has values: its key and its type stay.', old.label), 'Archive it, and define another.');
        end if;
        -- Without a value, which was looked for above, another type takes none of the options along.
        perform traveler_private.demand(old.options <@ new.options or old.type <> new.type, 409, 'option_kept', 'F1',
            'An option is retired, never removed: records may have it.', 'Retire it.');
    end if;
    if tg_op = 'UPDATE' and new.searchable <> v_old.searchable then
        perform from traveler.attribute_definition d where d.org_id = new.org_id and d.record = new.record order by d.id for update;
    end if;
    perform traveler_private.demand(new.type in ('select', 'multiselect') or cardinality(new.options) = 0, 422, 'options_not_asked', 'F1', format('A %s has no options.', new.type));
    perform traveler_private.demand(new.type not in ('select', 'multiselect') or cardinality(new.options) > 0, 422, 'options_missing', 'F1', format('A %s has options.', new.type), 'Give options.');
    perform traveler_private.demand(cardinality(new.options) <= 500, 422, 'options_too_many', 'F1', 'An attribute has 500 options at most.');
    select coalesce(o.option, '') into v_wrong from unnest(new.options) o (option)
    group by o.option having count(*) > 1 or coalesce(o.option, '') !~ '\S' or char_length(o.option) > 200 limit 1;
    perform traveler_private.demand(not found, 422, 'option_invalid', 'F1', format('"%s" is no option: each is named once, by 1 to 200 characters.', left(v_wrong, 100)));
    select o.option into v_wrong from unnest(new.retired_options) o (option) where o.option is null or not o.option = any (new.options) limit 1;
    perform traveler_private.demand(not found, 422, 'option_unknown', 'F1', format('There is no option "%s".', left(v_wrong, 100)));
    if new.default_value = 'null' then
        new.default_value := null;
    end if;
    if new.default_value is not null and (v_old.default_value, v_old.type, v_old.options, v_old.retired_options)
        is distinct from (new.default_value, new.type, new.options, new.retired_options) then
        select v.kept, v.fault into new.default_value, v_fault from traveler_private.attribute_value(new, new.default_value) v;
        perform traveler_private.demand(v_fault is null, 422, 'default_invalid', 'F1', format('The default of "%s" %s.', new.label, v_fault), 'Give another default, or null.');
    end if;
    new.required_at := case when new.required then coalesce(v_old.required_at, now()) end;
    if new.archived_at is not null then
        new.archived_at := now();
    end if;
    return new;
end
$$;
comment on function traveler_private.guard_attribute_definition is 'Trigger: what a definition may be, and what of it may change while there are values (F1).';
create or replace trigger _100_guard_attribute_definition before insert or update on traveler.attribute_definition
    for each row execute function traveler_private.guard_attribute_definition();

create or replace function traveler.attribute_definition_json(p_definition uuid) returns jsonb
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select jsonb_build_object('id', d.id, 'record', d.record, 'key', d.key, 'label', d.label, 'type', d.type, 'options', to_jsonb(d.options),
            'retired_options', to_jsonb(d.retired_options), 'required', d.required, 'required_from', d.required_from, 'required_at', traveler.json_time(d.required_at),
            'default_value', d.default_value, 'searchable', d.searchable, 'created_by', d.created_by, 'created_at', traveler.json_time(d.created_at),
            'archived_at', traveler.json_time(d.archived_at), 'version', d.version)
        from traveler.attribute_definition d where d.org_id = traveler.current_org() and d.id = p_definition
    );
end
$$;
comment on function traveler.attribute_definition_json is 'The definition of an attribute as JSON; null when the org has no such one.';

-- POST /v1/attribute-definitions: {record, key, label, type, options?, required?, required_from?, default_value?, searchable?}
create or replace function traveler.create_attribute_definition(p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_id uuid;
begin
    perform traveler_private.require('attribute.define');
    insert into traveler.attribute_definition (org_id, record, key, label, type, options, required, required_from, default_value, searchable)
    values (traveler.current_org(), p_request ->> 'record', p_request ->> 'key', p_request ->> 'label', p_request ->> 'type',
        array(select jsonb_array_elements_text(p_request -> 'options')), coalesce((p_request ->> 'required')::boolean, false),
        coalesce(p_request ->> 'required_from', 'completion'), p_request -> 'default_value', coalesce((p_request ->> 'searchable')::boolean, false))
    returning id into v_id;
    return traveler.attribute_definition_json(v_id);
end
$$;
comment on function traveler.create_attribute_definition is 'Defines an attribute of a kind of record (F1).';

-- PATCH /v1/attribute-definitions/{id}: {key?, label?, type?, options?: those to add, retire_options?, restore_options?, required?, required_from?,
-- default_value?, searchable?}
create or replace function traveler.change_attribute_definition(p_definition uuid, p_version integer, p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_now traveler.attribute_definition;
    v_unknown text;
begin
    perform traveler_private.require('attribute.define');
    -- One at a time: who changes a key locks all definitions of the kind.
    perform from traveler.org o where o.org_id = v_org for no key update;
    select * into v_now from traveler.attribute_definition d where d.org_id = v_org and d.id = p_definition for no key update;
    perform traveler_private.demand(found, 404, 'attribute_unknown', 'T1', 'There is no such attribute.');
    perform traveler_private.expect_version('attribute_definition', p_definition, v_now.version, p_version);
    select o into v_unknown from jsonb_array_elements_text(coalesce(p_request -> 'retire_options', '[]') || coalesce(p_request -> 'restore_options', '[]')) o
    where not o = any (v_now.options) limit 1;
    perform traveler_private.demand(v_unknown is null, 422, 'option_unknown', 'F1', format('"%s" has no option "%s".', v_now.label, left(v_unknown, 100)));
    -- By itself: a statement that names the column of a key waits for every writer of values, whatever it sets.
    if p_request ->> 'key' <> v_now.key then
        update traveler.attribute_definition d set key = p_request ->> 'key' where d.org_id = v_org and d.id = p_definition;
    end if;
    update traveler.attribute_definition d set
        label = coalesce(p_request ->> 'label', d.label), type = coalesce(p_request ->> 'type', d.type),
        options = case when coalesce(p_request ->> 'type', d.type) in ('select', 'multiselect') or p_request ? 'options' then d.options else '{}' end
            || array(select jsonb_array_elements_text(p_request -> 'options')),
        retired_options = case when coalesce(p_request ->> 'type', d.type) in ('select', 'multiselect') then array(
            select o from unnest(d.options) o
            where (o = any (d.retired_options) or coalesce(p_request -> 'retire_options', '[]') ? o) and not coalesce(p_request -> 'restore_options', '[]') ? o) else '{}' end,
        required = coalesce((p_request ->> 'required')::boolean, d.required), required_from = coalesce(p_request ->> 'required_from', d.required_from),
        default_value = case when p_request ? 'default_value' then p_request -> 'default_value' else d.default_value end,
        searchable = coalesce((p_request ->> 'searchable')::boolean, d.searchable)
    where d.org_id = v_org and d.id = p_definition;
    return traveler.attribute_definition_json(p_definition);
end
$$;
comment on function traveler.change_attribute_definition is 'Changes how an attribute is called, what it may be and when it is required; its key and type only while no record has a value (F1).';

-- POST /v1/attribute-definitions/{id}/archive
create or replace function traveler.archive_attribute_definition(p_definition uuid, p_version integer) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_now traveler.attribute_definition;
begin
    perform traveler_private.require('attribute.define');
    select * into v_now from traveler.attribute_definition d where d.org_id = traveler.current_org() and d.id = p_definition for no key update;
    perform traveler_private.demand(found, 404, 'attribute_unknown', 'T1', 'There is no such attribute.');
    perform traveler_private.expect_version('attribute_definition', p_definition, v_now.version, p_version);
    update traveler.attribute_definition d set archived_at = now() where d.org_id = v_now.org_id and d.id = p_definition;
    return traveler.attribute_definition_json(p_definition);
end
$$;
comment on function traveler.archive_attribute_definition is 'Ends an attribute: no record is given a value any more, none waits for one, and those that are there stay (F1, T4).';
