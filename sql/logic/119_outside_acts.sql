-- The acts of outside processing, and what the API answers of it (O1). The doors judge; an act finds, locks and says what is missing.

create or replace function traveler.outside_process_json(p_process uuid) returns jsonb
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select jsonb_build_object('id', o.id, 'state', o.state, 'run_id', o.run_id, 'run_number', r.number, 'run_step_id', o.run_step_id, 'title', s.title,
            'attempt', o.attempt, 'purchase_order_id', d.id, 'purchase_order_number', d.number, 'purchase_order_line_id', l.id, 'position', l.position,
            'supplier_id', u.id, 'supplier_name', u.name, 'location_id', u.location_id, 'operation', l.operation, 'need_date', l.need_date::text,
            'overdue', coalesce(l.need_date < (now() at time zone 'UTC')::date, false) and o.state in ('planned', 'away'),
            'part_id', p.id, 'part_number', p.part_number, 'unit', p.unit,
            'quantity_sent', traveler.json_decimal(o.quantity_sent), 'quantity_received', traveler.json_decimal(o.quantity_received),
            'quantity_short', traveler.json_decimal(o.quantity_short),
            'units_away', (select coalesce(jsonb_agg(jsonb_build_object('part_inventory_id', i.id, 'serial_number', i.serial_number) order by i.id), '[]')
                from traveler.part_inventory i where i.org_id = o.org_id and i.id = any (traveler_private.units_of(o.id, 'away'))),
            'shipments', (select coalesce(jsonb_agg(jsonb_build_object('id', h.id, 'kind', h.kind, 'quantity', traveler.json_decimal(h.quantity),
                    'part_inventory_ids', to_jsonb(h.part_inventory_ids), 'location_id', h.location_id, 'reference', h.reference, 'reason', h.reason,
                    'issue_id', h.issue_id, 'created_by', h.created_by, 'created_at', traveler.json_time(h.created_at)) order by h.created_at, h.id), '[]')
                from traveler.outside_shipment h where h.org_id = o.org_id and h.outside_process_id = o.id),
            'created_by', o.created_by, 'created_at', traveler.json_time(o.created_at), 'version', o.version)
        from traveler.outside_process o
        join traveler.run r on r.org_id = o.org_id and r.id = o.run_id
        join traveler.part p on p.org_id = r.org_id and p.id = r.part_id
        join traveler.run_step s on s.org_id = o.org_id and s.id = o.run_step_id
        join traveler.purchase_order_line l on l.org_id = o.org_id and l.id = o.purchase_order_line_id
        join traveler.purchase_order d on d.org_id = l.org_id and d.id = l.purchase_order_id
        join traveler.supplier u on u.org_id = d.org_id and u.id = d.supplier_id
        where o.org_id = traveler.current_org() and o.id = p_process
    );
end
$$;
comment on function traveler.outside_process_json is 'An outside process with what was sent, came back and is away; null when the org has no such process (O1).';

-- The serialized units that a request names, by id or by serial number; empty where it names none.
create or replace function traveler_private.named_units(p_run uuid, p_request jsonb) returns uuid[]
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_serials text[] := array(select jsonb_array_elements_text(p_request -> 'serial_numbers'));
    v_units uuid[] := array(select jsonb_array_elements_text(p_request -> 'part_inventory_ids')::uuid);
    v_found uuid[];
    v_strangers text;
begin
    perform traveler_private.demand(num_nonnulls(p_request ->> 'quantity', p_request ->> 'serial_numbers', p_request ->> 'part_inventory_ids') <= 1, 422, 'units_not_named', 'O1',
        'Say once which units are meant.', 'Give serial_numbers, part_inventory_ids or quantity, or none of them for all.');
    v_found := array(select i.id
        from traveler.run_inventory ri join traveler.part_inventory i on i.org_id = ri.org_id and i.id = ri.part_inventory_id
        where ri.org_id = v_org and ri.run_id = p_run and ri.run_split_id is null and (i.id = any (v_units) or i.serial_number = any (v_serials)) order by i.id);
    select string_agg(x.name, ', ' order by x.name) into v_strangers from (
        select s as name from unnest(v_serials) s where not exists (select from traveler.part_inventory i where i.org_id = v_org and i.id = any (v_found) and i.serial_number = s)
        union all
        select u::text from unnest(v_units) u where u <> all (v_found)) x;
    perform traveler_private.demand(v_strangers is null, 409, 'unit_not_on_run', 'O1', format('Not among the units of the run: %s.', v_strangers), 'Name units of the run.');
    return v_found;
end
$$;
comment on function traveler_private.named_units is 'The serialized units of a run that a request names (O1).';

create or replace function traveler_private.tracking_of_run(p_run uuid) returns text
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return (select p.tracking from traveler.run r join traveler.part p on p.org_id = r.org_id and p.id = r.part_id
        where r.org_id = traveler_private.org() and r.id = p_run);
end
$$;
comment on function traveler_private.tracking_of_run is 'How the part that a run builds is tracked (I1).';

-- POST /v1/steps/{id}/link: {purchase_order_line_id}: plans on which line the step will go, before anything is sent.
create or replace function traveler.link_outside_process(p_step uuid, p_version integer, p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_id uuid := traveler.new_id();
begin
    if not traveler.has_permission('purchase.edit') then
        perform traveler_private.require('run_step.update');
    end if;
    perform traveler_private.lock_steps(array[p_step]);
    perform traveler_private.expect_step_version(array[p_step], p_version);
    insert into traveler.outside_process (org_id, id, run_id, run_step_id, attempt, purchase_order_line_id, created_by)
    select v_org, v_id, s.run_id, s.id, s.attempt, (p_request ->> 'purchase_order_line_id')::uuid, ''
    from traveler.run_step s where s.org_id = v_org and s.id = p_step;
    return traveler.outside_process_json(v_id);
end
$$;
comment on function traveler.link_outside_process is 'Links a step that a supplier does to a line of a purchase order (O1).';

-- POST /v1/outside-processes/{id}/unlink
create or replace function traveler.unlink_outside_process(p_process uuid, p_version integer) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_now traveler.outside_process;
begin
    if not traveler.has_permission('purchase.edit') then
        perform traveler_private.require('run_step.update');
    end if;
    v_now := traveler_private.lock_outside_process(p_process, p_version, '{}');
    perform traveler_private.demand(v_now.withdrawn_at is null, 409, 'outside_process_withdrawn', 'O1', 'The link was taken back already.');
    update traveler.outside_process o set withdrawn_at = now() where o.org_id = v_now.org_id and o.id = p_process;
    return traveler.outside_process_json(p_process);
end
$$;
comment on function traveler.unlink_outside_process is 'Takes the link of a step to a line back, before anything was sent on it (O1).';

create or replace function traveler_private.lock_outside_process(p_process uuid, p_version integer, p_request jsonb) returns traveler.outside_process
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_process traveler.outside_process;
begin
    select * into v_process from traveler.outside_process o where o.org_id = v_org and o.id = p_process;
    perform traveler_private.demand(found, 404, 'outside_process_unknown', 'T1', 'There is no such outside process.');
    perform traveler_private.lock_outside(v_process.run_id, v_process.run_step_id, traveler_private.named_units(v_process.run_id, p_request));
    select * into v_process from traveler.outside_process o where o.org_id = v_org and o.id = p_process;
    perform traveler_private.expect_version('outside_process', p_process, v_process.version, p_version);
    return v_process;
end
$$;
comment on function traveler_private.lock_outside_process is 'Locks what an act on an outside process moves; refuses an unknown or a stale one.';

-- POST /v1/steps/{id}/send: {purchase_order_line_id?, quantity? | part_inventory_ids? | serial_numbers?, reference?}. Without units: all that
-- were not sent yet. Without a line: the one that the step is linked to.
create or replace function traveler.send_outside(p_step uuid, p_version integer, p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_line uuid := (p_request ->> 'purchase_order_line_id')::uuid;
    v_run uuid;
    v_attempt integer;
    v_units uuid[];
    v_quantity numeric;
    v_processes uuid[];
begin
    perform traveler_private.require('run_step.update');
    select s.run_id into v_run from traveler.run_step s where s.org_id = v_org and s.id = p_step;
    perform traveler_private.demand(found, 404, 'step_unknown', 'T1', 'There is no such step.');
    perform traveler_private.begin_act();
    v_units := traveler_private.named_units(v_run, p_request);
    perform traveler_private.lock_outside(v_run, p_step, v_units);
    perform traveler_private.expect_step_version(array[p_step], p_version);
    select s.attempt into v_attempt from traveler.run_step s where s.org_id = v_org and s.id = p_step;
    select array_agg(o.id) into v_processes from traveler.outside_process o
    where o.org_id = v_org and o.run_step_id = p_step and o.attempt = v_attempt and o.withdrawn_at is null and o.purchase_order_line_id = coalesce(v_line, o.purchase_order_line_id);
    if v_processes is null and v_line is not null then
        insert into traveler.outside_process (org_id, run_id, run_step_id, attempt, purchase_order_line_id, created_by)
        values (v_org, v_run, p_step, v_attempt, v_line, '') returning array[id] into v_processes;
    end if;
    perform traveler_private.demand(cardinality(v_processes) = 1, 422, 'line_missing', 'O1', 'Say on which line of which purchase order they are sent.',
        'Give purchase_order_line_id.');
    v_quantity := coalesce(traveler_private.quantity_of(p_request ->> 'quantity'), cardinality(v_units));
    if v_quantity = 0 and traveler_private.tracking_of_run(v_run) = 'serial' then
        v_units := array(select ri.part_inventory_id from traveler.run_inventory ri
            join traveler.part_inventory i on i.org_id = ri.org_id and i.id = ri.part_inventory_id and i.outside_process_id is null
            where ri.org_id = v_org and ri.run_id = v_run and ri.run_split_id is null and not exists (
                select from traveler.outside_process o where o.org_id = v_org and o.run_step_id = p_step and o.attempt = v_attempt
                    and ri.part_inventory_id = any (traveler_private.units_of(o.id, 'sent'))) order by 1);
        v_quantity := cardinality(v_units);
    elsif v_quantity = 0 then
        select r.quantity - coalesce((select sum(o.quantity_sent) from traveler.outside_process o
            where o.org_id = v_org and o.run_step_id = p_step and o.attempt = v_attempt), 0) into v_quantity
        from traveler.run r where r.org_id = v_org and r.id = v_run;
    end if;
    perform traveler_private.demand(v_quantity > 0, 409, 'nothing_to_send', 'O1', 'All was sent for this step already.', 'What is to be done again is sent in another attempt.');
    insert into traveler.outside_shipment (org_id, run_id, outside_process_id, kind, quantity, part_inventory_ids, reference, created_by)
    values (v_org, v_run, v_processes[1], 'send', v_quantity, v_units, p_request ->> 'reference', '');
    return traveler.outside_process_json(v_processes[1]);
end
$$;
comment on function traveler.send_outside is 'Sends units of a run to a supplier, which starts the step (O1).';

-- What comes back or will not, of one process: what is named, or all that is away.
create or replace function traveler_private.ship_back(p_process traveler.outside_process, p_kind text, p_request jsonb, p_issue uuid) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_units uuid[] := traveler_private.named_units(p_process.run_id, p_request);
    v_quantity numeric := coalesce(traveler_private.quantity_of(p_request ->> 'quantity'), cardinality(v_units));
begin
    if v_quantity = 0 then
        v_units := traveler_private.units_of(p_process.id, 'away');
        v_quantity := p_process.quantity_sent - p_process.quantity_received - p_process.quantity_short;
        perform traveler_private.demand(v_quantity > 0, 409, 'nothing_away', 'O1', 'Nothing is away on this line: all is accounted for.');
    end if;
    insert into traveler.outside_shipment (org_id, run_id, outside_process_id, kind, quantity, part_inventory_ids, location_id, reference, reason, issue_id, created_by)
    values (p_process.org_id, p_process.run_id, p_process.id, p_kind, v_quantity, v_units, (p_request ->> 'location_id')::uuid, p_request ->> 'reference',
        p_request ->> 'reason', p_issue, '');
end
$$;
comment on function traveler_private.ship_back is 'Records what came back on a line, or will not (O1).';

-- POST /v1/outside-processes/{id}/receive: {quantity? | part_inventory_ids? | serial_numbers?, location_id?, reference?}
create or replace function traveler.receive_outside(p_process uuid, p_version integer, p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform traveler.current_org();
    perform traveler_private.require('purchase.receive');
    perform traveler_private.ship_back(traveler_private.lock_outside_process(p_process, p_version, p_request), 'receive', p_request, null);
    return traveler.outside_process_json(p_process);
end
$$;
comment on function traveler.receive_outside is 'Receives units back from a supplier, in parts or all (O1).';

-- POST /v1/outside-processes/{id}/short: {reason, quantity? | part_inventory_ids? | serial_numbers?, issue_id? | issue?: {title, description?}}
create or replace function traveler.short_outside(p_process uuid, p_version integer, p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_process traveler.outside_process;
    v_issue uuid := (p_request ->> 'issue_id')::uuid;
begin
    perform traveler.current_org();
    perform traveler_private.require('purchase.receive');
    perform traveler_private.demand(num_nonnulls(p_request ->> 'issue_id', p_request ->> 'issue') = 1, 422, 'issue_missing', 'O1', 'A shortfall goes onto an issue.',
        'Give issue_id, or issue for a new one.');
    if v_issue is not null then
        perform traveler_private.lock_issue(v_issue);
    end if;
    v_process := traveler_private.lock_outside_process(p_process, p_version, p_request);
    perform traveler_private.give_reason(p_request ->> 'reason');
    if v_issue is null then
        v_issue := (traveler.create_issue((p_request -> 'issue') || jsonb_build_object('run_id', v_process.run_id, 'run_step_id', v_process.run_step_id)) ->> 'id')::uuid;
    end if;
    perform traveler_private.ship_back(v_process, 'short', p_request, v_issue);
    return traveler.outside_process_json(p_process);
end
$$;
comment on function traveler.short_outside is 'Closes what will not come back from a supplier onto an issue, which decides about it (O1).';

-- L4, O1: what a run cost: labor in the org's own currency, outside work in that of each order.
create or replace function traveler.run_cost_json(p_run uuid) returns jsonb
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select jsonb_build_object('run_id', r.id,
            'labor', (select jsonb_build_object('seconds', coalesce(sum(d.seconds), 0)::bigint,
                    'unrated_seconds', coalesce(sum(d.seconds) filter (where d.hourly_rate is null), 0)::bigint,
                    'cost', traveler.json_decimal(round(coalesce(sum(d.seconds * d.hourly_rate), 0) / 3600, 4)))
                from traveler.labor_day d where d.org_id = r.org_id and d.run_id = r.id),
            'outside', (select coalesce(jsonb_agg(jsonb_build_object('currency', x.currency, 'cost', traveler.json_decimal(x.cost)) order by x.currency), '[]')
                from (select c.currency, sum(c.cost) as cost from traveler.outside_cost c where c.org_id = r.org_id and c.run_id = r.id group by c.currency) x))
        from traveler.run r where r.org_id = traveler.current_org() and r.id = p_run
    );
end
$$;
comment on function traveler.run_cost_json is 'What a run cost so far: labor, and outside work by currency; null when the org has no such run (L4, O1).';

-- O1: what the counters say against what was shipped, and where the units are against what is away.
create or replace view traveler.outside_violations with (security_invoker = true) as
    select 'O1' as rule, o.org_id, o.id as record, format('outside process: sent, received, short are %s, shipments say %s',
        array[o.quantity_sent, o.quantity_received, o.quantity_short], h.counted) as what
    from traveler.outside_process o
    cross join lateral (
        select array[coalesce(sum(x.quantity) filter (where x.kind = 'send'), 0), coalesce(sum(x.quantity) filter (where x.kind = 'receive'), 0),
            coalesce(sum(x.quantity) filter (where x.kind = 'short'), 0)] as counted
        from traveler.outside_shipment x where x.org_id = o.org_id and x.outside_process_id = o.id) h
    where h.counted <> array[o.quantity_sent, o.quantity_received, o.quantity_short]
    union all
    select 'O1', l.org_id, l.id, format('purchase order line: sent, received, short are %s, processes say %s',
        array[l.quantity_sent, l.quantity_received, l.quantity_short], h.counted)
    from traveler.purchase_order_line l
    cross join lateral (
        select array[coalesce(sum(x.quantity_sent), 0), coalesce(sum(x.quantity_received), 0), coalesce(sum(x.quantity_short), 0)] as counted
        from traveler.outside_process x where x.org_id = l.org_id and x.purchase_order_line_id = l.id) h
    where h.counted <> array[l.quantity_sent, l.quantity_received, l.quantity_short]
    union all
    select 'O1', o.org_id, o.id, format('units are away, and step "%s" is %s', s.title, s.state)
    from traveler.outside_process o join traveler.run_step s on s.org_id = o.org_id and s.id = o.run_step_id
    where o.state = 'away' and (s.attempt <> o.attempt or s.state <> 'in_progress' and not (s.state = 'hold' and s.held_from = 'in_progress'))
    union all
    select 'O1', i.org_id, i.id, 'away by an outside process, and not at the supplier''s place'
    from traveler.part_inventory i
    join traveler.outside_process o on o.org_id = i.org_id and o.id = i.outside_process_id
    join traveler.purchase_order_line l on l.org_id = o.org_id and l.id = o.purchase_order_line_id
    join traveler.purchase_order d on d.org_id = l.org_id and d.id = l.purchase_order_id
    join traveler.supplier s on s.org_id = d.org_id and s.id = d.supplier_id
    where i.location_id is distinct from s.location_id
    union all
    select 'O2', d.org_id, d.id, format('purchase order %s: counters %s, lines %s', d.number,
        array[d.lines_draft, d.lines_requested, d.lines_approved, d.lines_ordered, d.lines_partially_received, d.lines_received, d.lines_canceled], c.counted)
    from traveler.purchase_order d
    cross join lateral (
        select array[count(*) filter (where l.state = 'draft'), count(*) filter (where l.state = 'requested'), count(*) filter (where l.state = 'approved'),
            count(*) filter (where l.state = 'ordered'), count(*) filter (where l.state = 'partially_received'), count(*) filter (where l.state = 'received'),
            count(*) filter (where l.state = 'canceled')]::integer[] as counted
        from traveler.purchase_order_line l where l.org_id = d.org_id and l.purchase_order_id = d.id) c
    where c.counted <> array[d.lines_draft, d.lines_requested, d.lines_approved, d.lines_ordered, d.lines_partially_received, d.lines_received, d.lines_canceled];
comment on view traveler.outside_violations is 'Outside processes and purchase orders whose derived columns do not hold: empty when all do (O1, O2).';
