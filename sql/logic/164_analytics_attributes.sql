-- The org's own attributes for analysts (F1, F4): by row for all kinds of records, and as typed columns in views of the org's own.

create or replace view analytics.attributes with (security_invoker = true) as
    select d.id, d.record, d.key, d.label, d.type, d.options, d.retired_options, d.required, d.required_from, d.searchable, d.created_at, d.archived_at
    from traveler.attribute_definition d;
select traveler_private.describe('analytics.attributes', 'What the org wants to know of its records beside what is built in (F1).',
    'id', 'The attribute''s id.',
    'record', 'Which records have it: run, run_step, issue, part_inventory or procedure.',
    'key', 'Its name in JSON, and as a column.',
    'label', 'What people read.',
    'type', 'text, number, boolean, date, datetime, select, multiselect, file, user or part.',
    'options', 'What a select or multiselect may be.',
    'retired_options', 'Those of them that nothing is given anew.',
    'required', 'Whether each record needs a value.',
    'required_from', 'From when on: creation or completion.',
    'searchable', 'Whether the service filters and sorts by it.',
    'created_at', 'When it was defined.',
    'archived_at', 'Since when no value is given any more.');

create or replace view analytics.run_attributes with (security_invoker = true) as
    select r.id as run_id, d.key, d.label, d.type, r.attributes -> d.key as value, r.attributes ->> d.key as value_text
    from traveler.run r
    join traveler.attribute_definition d on d.org_id = r.org_id and d.record = 'run'
    where r.attributes ? d.key;
select traveler_private.describe('analytics.run_attributes', 'The values of runs'' attributes, one a row (F2). In the schema named like the org''s role there is a view of the same name in which each attribute is a column.',
    'run_id', 'The run.',
    'key', 'The attribute.',
    'label', 'What people read for it.',
    'type', 'Its type.',
    'value', 'The value, as JSON: a number is a decimal string, a time is in UTC.',
    'value_text', 'The value as text.');

create or replace view analytics.attribute_values with (security_invoker = true) as
    select d.record, d.key, v.record_id, v.record_number, v.place, v.text_value, v.number_value, v.time_value
    from traveler.attribute_definition d
    join traveler.attribute_value v on v.org_id = d.org_id and v.definition_id = d.id;
select traveler_private.describe('analytics.attribute_values', 'The values of searchable attributes, typed: what a record is found by, through an index (F4). Name a record, a key and a value.',
    'record', 'Which records: run, run_step, issue, part_inventory or procedure.',
    'key', 'The attribute.',
    'record_id', 'The id of the record.',
    'record_number', 'The number that people know it by; 0 where it has none.',
    'place', 'Which of its values, of an attribute that may have several; 1 of others.',
    'text_value', 'A text''s first 200 characters, an option, an id, a date, true or false.',
    'number_value', 'A number, as near as a float8 comes.',
    'time_value', 'A time.');

-- For one org, and in its own schema, since a column of a view is there for all who see the view: <record>_attributes has a column for
-- the record's id and one for each attribute, those that are there in their places, so that a new one comes last and saved views
-- stand. The worker calls it, not the act that defines: a view that is being read can't be replaced, and no act waits for an analyst.
create or replace function traveler.keep_attribute_views() returns integer
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_schema text := 'traveler_org_' || replace(v_org::text, '-', '');
    v_made integer := 0;
    v_comment text;
    v record;
begin
    if to_regnamespace(v_schema) is null then
        return 0;
    end if;
    for v in
        select x.record, x.source, x.record || '_attributes' as name, format('select x.id as %I', x.record || '_id') || coalesce((
            select string_agg(format(', ' || case d.type
                    when 'number' then '(x.attributes ->> %1$L)::numeric'
                    when 'boolean' then '(x.attributes ->> %1$L)::boolean'
                    when 'date' then '(x.attributes ->> %1$L)::date'
                    when 'datetime' then '(x.attributes ->> %1$L)::timestamptz'
                    when 'multiselect' then 'case when x.attributes ? %1$L then array(select jsonb_array_elements_text(x.attributes -> %1$L)) end'
                    when 'user' then '(x.attributes ->> %1$L)::uuid'
                    when 'part' then '(x.attributes ->> %1$L)::uuid'
                    when 'file' then '(x.attributes ->> %1$L)::uuid'
                    else 'x.attributes ->> %1$L' end || ' as %2$I', d.key,
                    n.name), '' order by a.attnum, d.created_at, d.id)
            from traveler.attribute_definition d
            -- No key begins so.
            cross join lateral (select case when d.key = x.record || '_id' then '_' || d.key else d.key end as name) n
            left join pg_attribute a on a.attrelid = to_regclass(format('%I.%I', v_schema, x.record || '_attributes')) and a.attname = n.name
            where d.org_id = v_org and d.record = x.record), '') || format(' from analytics.%I x', x.source) as query
        from (values ('run', 'runs'), ('run_step', 'run_steps'), ('issue', 'issues'), ('part_inventory', 'part_inventory'), ('procedure', 'procedures')) x (record, source)
    loop
        -- What it was made of is kept beside it, and is nothing but digits to who reads it.
        v_comment := format('The attributes of the org''s own, each a column; analytics.attributes has what they are. %s',
            left(encode(sha256(convert_to(v.query, 'UTF8')), 'hex'), 16));
        if obj_description(to_regclass(format('%I.%I', v_schema, v.name)), 'pg_class') = v_comment then
            delete from traveler_private.attribute_view_wait w where w.org_id = v_org and w.record = v.record;
            continue;
        end if;
        begin
            execute format('create or replace view %I.%I with (security_invoker = true) as %s', v_schema, v.name, v.query);
        exception when invalid_table_definition then
            -- A key or a type changed, which it may while there is no value. A view that an analyst made of it keeps the old one.
            begin
                execute format('drop view %I.%I', v_schema, v.name);
                execute format('create view %I.%I with (security_invoker = true) as %s', v_schema, v.name, v.query);
            exception when dependent_objects_still_exist then
                insert into traveler_private.attribute_view_wait (org_id, record) values (v_org, v.record) on conflict do nothing;
                continue;
            end;
        end;
        execute format('comment on view %I.%I is %L', v_schema, v.name, v_comment);
        execute format('revoke all on %I.%I from public', v_schema, v.name);
        execute format('grant select on %I.%I to %I', v_schema, v.name, v_schema);
        delete from traveler_private.attribute_view_wait w where w.org_id = v_org and w.record = v.record;
        v_made := v_made + 1;
    end loop;
    return v_made;
end
$$;
comment on function traveler.keep_attribute_views is 'Makes the views in which each attribute of the org is a typed column follow its definitions, where the org has analysts (F4); says how many changed.';

-- Only who keeps the saved view can drop it or make it anew, so that whoever looks after analysts has to hear of it.
create or replace function traveler_private.attribute_view_waits() returns table (org_id uuid, view_name text, waits_since timestamptz, saved_view text, login text, analyst text)
language sql stable
set search_path = pg_catalog, pg_temp
as $$
    select w.org_id, w.record || '_attributes', w.waits_since, c.relname::text, n.nspname::text, a.name
    from traveler_private.attribute_view_wait w
    left join (pg_depend d
            join pg_rewrite r on d.classid = 'pg_rewrite'::regclass and r.oid = d.objid
            join pg_class c on c.oid = r.ev_class
            join pg_namespace n on n.oid = c.relnamespace)
        on d.refclassid = 'pg_class'::regclass and c.oid <> d.refobjid
            and d.refobjid = to_regclass(format('%I.%I', 'traveler_org_' || replace(w.org_id::text, '-', ''), w.record || '_attributes'))
    left join traveler_private.analyst a on a.login = n.nspname
    group by 1, 2, 3, 4, 5, 6
    order by 1, 2, 5, 4
$$;
comment on function traveler_private.attribute_view_waits is 'The views of attributes that keep an old form because analysts saved views of them: since when, and which views of which logins (F4).';

create or replace function traveler.waiting_attribute_views() returns table (view_name text, waits_since timestamptz, saved_views text)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
begin
    return query select w.view_name, w.waits_since, string_agg(format('%s of %s (%s)', w.saved_view, w.login, w.analyst), ', ' order by w.login, w.saved_view)
        from traveler_private.attribute_view_waits() w where w.org_id = v_org and w.saved_view is not null group by 1, 2 order by 1;
end
$$;
comment on function traveler.waiting_attribute_views is 'What keeps the org''s views of attributes from following its definitions. Granted to the worker only.';
