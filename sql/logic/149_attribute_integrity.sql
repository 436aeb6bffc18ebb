-- What must always hold of custom attributes, as queries that find where it does not (F2).

create or replace view traveler.attribute_violations with (security_invoker = true) as
    with document as (
        select 'run' as record, r.org_id, r.id, r.attributes from traveler.run r where r.attributes <> '{}'
        union all
        select 'run_step', s.org_id, s.id, s.attributes from traveler.run_step s where s.attributes <> '{}'
        union all
        select 'run_step', s.org_id, s.id, s.attributes from traveler.procedure_step s where s.attributes <> '{}'
        union all
        select 'procedure', p.org_id, p.id, p.attributes from traveler.procedure p where p.attributes <> '{}'
        union all
        select 'issue', i.org_id, i.id, i.attributes from traveler.issue i where i.attributes <> '{}'
        union all
        select 'part_inventory', i.org_id, i.id, i.attributes from traveler.part_inventory i where i.attributes <> '{}'
    )
    select 'F2' as rule, c.org_id, c.id as record, case when d.id is null then format('it has a value of "%s", which is no attribute', e.key)
        else format('"%s" is a %s, and no %s', e.key, jsonb_typeof(e.value), d.type) end as what
    from document c
    cross join lateral jsonb_each(c.attributes) e
    left join traveler.attribute_definition d on d.org_id = c.org_id and d.record = c.record and d.key = e.key
    where d.id is null or jsonb_typeof(e.value) <> case d.type when 'boolean' then 'boolean' when 'multiselect' then 'array' else 'string' end
        or d.type = 'select' and not e.value #>> '{}' = any (d.options) or d.type = 'number' and e.value #>> '{}' !~ '^-?[0-9]{1,30}(\.[0-9]{1,30})?$';
comment on view traveler.attribute_violations is 'Values of attributes that no definition takes: empty when all is well (F2).';
