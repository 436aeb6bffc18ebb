-- The acts on suppliers and purchase orders, and what the API answers of them (O1, O2). Who may do what, and when, the guards judge.

create or replace function traveler.supplier_json(p_supplier uuid) returns jsonb
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select jsonb_build_object('id', s.id, 'code', s.code, 'name', s.name, 'location_id', s.location_id,
            'archived_at', traveler.json_time(s.archived_at), 'created_at', traveler.json_time(s.created_at), 'version', s.version)
        from traveler.supplier s where s.org_id = traveler.current_org() and s.id = p_supplier
    );
end
$$;
comment on function traveler.supplier_json is 'A supplier as JSON; null when the org has no such supplier.';

-- POST /v1/suppliers: {code, name, location_id?}: without a location, one is made by the supplier's name.
create or replace function traveler.create_supplier(p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_location uuid := (p_request ->> 'location_id')::uuid;
    v_id uuid;
begin
    perform traveler_private.require('purchase.edit');
    if v_location is null then
        insert into traveler.location (org_id, name, available) values (v_org, p_request ->> 'name', false) returning id into v_location;
    end if;
    insert into traveler.supplier (org_id, code, name, location_id) values (v_org, p_request ->> 'code', p_request ->> 'name', v_location) returning id into v_id;
    return traveler.supplier_json(v_id);
end
$$;
comment on function traveler.create_supplier is 'Adds a supplier, with the place where units are while it has them (O1).';

-- PATCH /v1/suppliers/{id}: {name?, archived?}
create or replace function traveler.change_supplier(p_supplier uuid, p_version integer, p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_now traveler.supplier;
begin
    perform traveler_private.require('purchase.edit');
    select * into v_now from traveler.supplier s where s.org_id = v_org and s.id = p_supplier for no key update;
    perform traveler_private.demand(found, 404, 'supplier_unknown', 'T1', 'There is no such supplier.');
    perform traveler_private.expect_version('supplier', p_supplier, v_now.version, p_version);
    update traveler.supplier s set name = coalesce(p_request ->> 'name', s.name),
        archived_at = case (p_request ->> 'archived')::boolean when true then coalesce(s.archived_at, now()) when false then null else s.archived_at end
    where s.org_id = v_org and s.id = p_supplier;
    return traveler.supplier_json(p_supplier);
end
$$;
comment on function traveler.change_supplier is 'Renames a supplier, or archives it: nothing new is ordered of it.';

create or replace function traveler_private.purchase_line_json(p_line traveler.purchase_order_line) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return jsonb_build_object('id', p_line.id, 'purchase_order_id', p_line.purchase_order_id, 'position', p_line.position, 'part_id', p_line.part_id,
        'part_number', (select p.part_number from traveler.part p where p.org_id = p_line.org_id and p.id = p_line.part_id),
        'description', p_line.description, 'operation', p_line.operation, 'quantity', traveler.json_decimal(p_line.quantity),
        'unit_price', traveler.json_decimal(p_line.unit_price), 'currency', p_line.currency, 'need_date', p_line.need_date::text,
        'state', p_line.state, 'state_reason', p_line.state_reason, 'state_changed_by', p_line.state_changed_by,
        'state_changed_at', traveler.json_time(p_line.state_changed_at), 'requested_by', p_line.requested_by, 'approved_by', p_line.approved_by,
        'quantity_sent', traveler.json_decimal(p_line.quantity_sent), 'quantity_received', traveler.json_decimal(p_line.quantity_received),
        'quantity_short', traveler.json_decimal(p_line.quantity_short),
        'acts', (select coalesce(jsonb_agg(jsonb_build_object('act', t.act, 'to_state', t.to_state, 'permission', t.permission, 'reason', t.reason,
                'allowed', traveler.has_permission(t.permission) and o.obstacle is null,
                'refusals', case when traveler.has_permission(t.permission) then '[]' else jsonb_build_array(jsonb_build_object('code', 'permission_missing', 'rule', 'T3',
                        'message', format('This needs the permission %s.', t.permission), 'clear', 'Ask an admin of your org for a role that holds it.')) end
                    || case when o.obstacle is null then '[]' else jsonb_build_array(o.obstacle || '{"rule": "O2"}') end) order by t.act), '[]')
            from traveler.purchase_order_line_transition t
            cross join lateral (select traveler_private.line_obstacle(p_line, t.act) as obstacle) o
            where t.from_state = p_line.state and t.act <> 'receive'),
        'created_at', traveler.json_time(p_line.created_at), 'version', p_line.version);
end
$$;
comment on function traveler_private.purchase_line_json is 'A line of a purchase order with its acts (O2, S16).';

create or replace function traveler.purchase_order_json(p_order uuid) returns jsonb
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select jsonb_build_object('id', o.id, 'number', o.number, 'status', o.status, 'supplier_id', o.supplier_id, 'supplier_code', s.code, 'supplier_name', s.name,
            'note', o.note, 'lines', (select coalesce(jsonb_agg(traveler_private.purchase_line_json(l) order by l.position), '[]')
                from traveler.purchase_order_line l where l.org_id = o.org_id and l.purchase_order_id = o.id),
            'created_by', o.created_by, 'created_at', traveler.json_time(o.created_at), 'version', o.version)
        from traveler.purchase_order o join traveler.supplier s on s.org_id = o.org_id and s.id = o.supplier_id
        where o.org_id = traveler.current_org() and o.id = p_order
    );
end
$$;
comment on function traveler.purchase_order_json is 'A purchase order with its lines as JSON; null when the org has no such order.';

-- The columns of new lines, in the order given; they come after those that there are.
create or replace function traveler_private.add_purchase_lines(p_order uuid, p_lines jsonb) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    insert into traveler.purchase_order_line (org_id, purchase_order_id, position, part_id, description, operation, quantity, unit_price, currency, need_date)
    select traveler_private.org(), p_order, m.last + x.ordinality, (x.value ->> 'part_id')::uuid, x.value ->> 'description', x.value ->> 'operation',
        traveler_private.quantity_of(x.value ->> 'quantity'), traveler_private.decimal_of(x.value ->> 'unit_price'), x.value ->> 'currency',
        (x.value ->> 'need_date')::date
    from jsonb_array_elements(p_lines) with ordinality x
    cross join (select coalesce(max(l.position), 0) as last from traveler.purchase_order_line l
        where l.org_id = traveler_private.org() and l.purchase_order_id = p_order) m;
end
$$;
comment on function traveler_private.add_purchase_lines is 'Adds lines to a purchase order that is locked (O1).';

-- POST /v1/purchase-orders: {supplier_id, note?, lines: [{part_id?, description?, operation, quantity, unit_price, currency, need_date?}]}
create or replace function traveler.create_purchase_order(p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_id uuid := traveler.new_id();
begin
    perform traveler_private.require('purchase.edit');
    insert into traveler.purchase_order (org_id, id, number, supplier_id, note, created_by)
    values (traveler.current_org(), v_id, traveler_private.next_number('purchase_order'), (p_request ->> 'supplier_id')::uuid,
        coalesce(p_request ->> 'note', ''), traveler_private.actor());
    perform traveler_private.add_purchase_lines(v_id, p_request -> 'lines');
    return traveler.purchase_order_json(v_id);
end
$$;
comment on function traveler.create_purchase_order is 'Drafts a purchase order of a supplier (O2).';

-- An order's row lock keeps changes of its lines apart; every act on a line takes it before the line's.
create or replace function traveler_private.lock_purchase_order(p_order uuid, p_version integer) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_version integer;
begin
    select o.version into v_version from traveler.purchase_order o where o.org_id = traveler_private.org() and o.id = p_order for no key update;
    perform traveler_private.demand(found, 404, 'purchase_order_unknown', 'T1', 'There is no such purchase order.');
    perform traveler_private.expect_version('purchase_order', p_order, v_version, p_version);
end
$$;
comment on function traveler_private.lock_purchase_order is 'Locks a purchase order for an act on it; refuses an unknown one, or a stale one (412).';

-- PATCH /v1/purchase-orders/{id}: {note?, add_lines?: [...]}
create or replace function traveler.change_purchase_order(p_order uuid, p_version integer, p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
begin
    perform traveler_private.require('purchase.edit');
    perform traveler_private.lock_purchase_order(p_order, p_version);
    update traveler.purchase_order o set note = p_request ->> 'note'
    where o.org_id = v_org and o.id = p_order and p_request ? 'note' and o.note <> p_request ->> 'note';
    perform traveler_private.add_purchase_lines(p_order, p_request -> 'add_lines');
    return traveler.purchase_order_json(p_order);
end
$$;
comment on function traveler.change_purchase_order is 'Changes the note of a purchase order, or adds lines to it, in draft (O2).';

-- PATCH /v1/purchase-order-lines/{id}: {part_id?, description?, operation?, quantity?, unit_price?, currency?, need_date?}
create or replace function traveler.change_purchase_order_line(p_line uuid, p_version integer, p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_order uuid;
    v_now traveler.purchase_order_line;
begin
    perform traveler_private.require('purchase.edit');
    select l.purchase_order_id into v_order from traveler.purchase_order_line l where l.org_id = v_org and l.id = p_line;
    perform traveler_private.demand(found, 404, 'line_unknown', 'T1', 'There is no such purchase order line.');
    perform traveler_private.lock_purchase_order(v_order, null);
    select * into v_now from traveler.purchase_order_line l where l.org_id = v_org and l.id = p_line for no key update;
    perform traveler_private.expect_version('purchase_order_line', p_line, v_now.version, p_version);
    update traveler.purchase_order_line l set
        part_id = case when p_request ? 'part_id' then (p_request ->> 'part_id')::uuid else l.part_id end,
        description = case when p_request ? 'description' then p_request ->> 'description' else l.description end,
        operation = coalesce(p_request ->> 'operation', l.operation),
        quantity = coalesce(traveler_private.quantity_of(p_request ->> 'quantity'), l.quantity),
        unit_price = coalesce(traveler_private.decimal_of(p_request ->> 'unit_price'), l.unit_price),
        currency = coalesce(p_request ->> 'currency', l.currency),
        need_date = case when p_request ? 'need_date' then (p_request ->> 'need_date')::date else l.need_date end
    where l.org_id = v_org and l.id = p_line;
    select * into strict v_now from traveler.purchase_order_line l where l.org_id = v_org and l.id = p_line;
    return traveler_private.purchase_line_json(v_now);
end
$$;
comment on function traveler.change_purchase_order_line is 'Edits a line of a purchase order, in draft (O2).';

-- POST /v1/purchase-orders/{id}/request, return, approve, revise, order, close, cancel: {line_ids?, reason?}: the lines that are named, or all
-- that can go that way.
create or replace function traveler.act_on_purchase_order(p_act text, p_order uuid, p_version integer default null, p_request jsonb default '{}') returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_ids uuid[] := array(select jsonb_array_elements_text(p_request -> 'line_ids')::uuid);
    v_stuck traveler.purchase_order_line;
    v_rows integer;
begin
    perform traveler_private.demand(p_act in ('request', 'return', 'approve', 'revise', 'order', 'close', 'cancel'), 422, 'act_unknown', 'O2',
        format('There is no act "%s" on a purchase order.', p_act));
    -- Who may cancel what was ordered is asked line by line.
    perform traveler_private.require(case when p_act in ('return', 'approve') then 'purchase.approve' when p_act in ('order', 'close') then 'purchase.order'
        when p_act = 'cancel' and traveler.has_permission('purchase.order') then 'purchase.order' else 'purchase.edit' end);
    if p_request ->> 'reason' is not null then
        perform traveler_private.give_reason(p_request ->> 'reason');
    end if;
    perform traveler_private.lock_purchase_order(p_order, p_version);
    perform from traveler.purchase_order_line l where l.org_id = v_org and l.purchase_order_id = p_order order by l.id for no key update;
    if v_ids = '{}' then
        v_ids := array(select l.id from traveler.purchase_order_line l where l.org_id = v_org and l.purchase_order_id = p_order
            and l.state in (select t.from_state from traveler.purchase_order_line_transition t where t.act = p_act));
        perform traveler_private.demand(v_ids <> '{}', 409, 'move_not_allowed', 'O2', format('No line of this order can go that way: to %s.', p_act),
            'Look at what each line can do.');
    end if;
    select * into v_stuck from traveler.purchase_order_line l where l.org_id = v_org and l.purchase_order_id = p_order and l.id = any (v_ids)
        and not exists (select from traveler.purchase_order_line_transition t where t.from_state = l.state and t.act = p_act) order by l.position limit 1;
    if found then
        perform traveler_private.refuse_line_move(v_stuck.position, v_stuck.state, (select min(t.to_state) from traveler.purchase_order_line_transition t where t.act = p_act));
    end if;
    update traveler.purchase_order_line l set state = t.to_state
    from traveler.purchase_order_line_transition t
    where l.org_id = v_org and l.purchase_order_id = p_order and l.id = any (v_ids) and t.from_state = l.state and t.act = p_act;
    get diagnostics v_rows = row_count;
    perform traveler_private.demand(v_rows = (select count(distinct i) from unnest(v_ids) i), 404, 'line_unknown', 'T1', 'One of the lines is not of this order.');
    return traveler.purchase_order_json(p_order);
end
$$;
comment on function traveler.act_on_purchase_order is 'Requests, returns, approves, revises, orders, closes or cancels lines of a purchase order (O2).';
