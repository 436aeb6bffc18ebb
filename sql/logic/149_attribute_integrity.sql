-- What must always hold of custom attributes, as queries that find where it does not (F2, F4).

create or replace view traveler.attribute_violations with (security_invoker = true) as
    with document as (
        select 'run' as record, r.org_id, r.id, r.number, false as is_template, r.attributes from traveler.run r where r.attributes <> '{}'
        union all
        select 'run_step', s.org_id, s.id, 0, false, s.attributes from traveler.run_step s where s.attributes <> '{}'
        union all
        select 'run_step', s.org_id, s.id, 0, true, s.attributes from traveler.procedure_step s where s.attributes <> '{}'
        union all
        select 'procedure', p.org_id, p.id, 0, false, p.attributes from traveler.procedure p where p.attributes <> '{}'
        union all
        select 'issue', i.org_id, i.id, i.number, false, i.attributes from traveler.issue i where i.attributes <> '{}'
        union all
        select 'part_inventory', i.org_id, i.id, 0, false, i.attributes from traveler.part_inventory i where i.attributes <> '{}'
    )
    select 'F2' as rule, c.org_id, c.id as record, case when d.id is null then format('it has a value of "%s", which is no attribute', e.key)
        else format('"%s" is a %s, and no %s', e.key, jsonb_typeof(e.value), d.type) end as what
    from document c
    cross join lateral jsonb_each(c.attributes) e
    left join traveler.attribute_definition d on d.org_id = c.org_id and d.record = c.record and d.key = e.key
    where d.id is null or jsonb_typeof(e.value) <> case d.type when 'boolean' then 'boolean' when 'multiselect' then 'array' else 'string' end
        or d.type = 'select' and not e.value #>> '{}' = any (d.options) or d.type = 'number' and e.value #>> '{}' !~ '^-?[0-9]{1,30}(\.[0-9]{1,30})?$'
    union all
    select 'F4', coalesce(v.org_id, w.org_id), coalesce(v.record_id, w.id), case when v.record_id is null then format('its value of "%s" is not found by', w.key)
        when w.id is null then 'it is found by a value that it does not have' else format('its value of "%s" is found by another', w.key) end
    from traveler.attribute_value v
    full join (
        select c.org_id, c.id, c.record, c.number, d.id as definition_id, d.key, k.* from document c
        join traveler.attribute_definition d on d.org_id = c.org_id and d.record = c.record and d.searchable and c.attributes ? d.key
        cross join lateral traveler_private.attribute_keys(d.type, c.attributes -> d.key) k
        where not c.is_template) w
        on w.org_id = v.org_id and w.definition_id = v.definition_id and w.id = v.record_id and w.place = v.place
    where (v.record, v.record_number, v.text_value, v.number_value, v.time_value) is distinct from (w.record, w.number, w.text_value, w.number_value, w.time_value);
comment on view traveler.attribute_violations is 'Values of attributes that no definition takes, and those that are found by what they are not: empty when all is well (F2, F4).';
