-- Steps that a supplier does (O1). A row in outside_shipment is the act: its triggers judge it, whoever adds it, move the units, count what
-- is away, and start the step with the first that is sent. While units are away their step can only be held.

-- What a run has at a supplier's, in words; of the units that are named, or of all where none is. Null when nothing is away.
create or replace function traveler_private.away_text(p_run uuid, p_units uuid[]) returns text
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select format('%s of part %s are at %s (purchase order %s, line %s)',
            traveler.json_decimal(o.quantity_sent - o.quantity_received - o.quantity_short), p.part_number, s.name, d.number, l.position)
        from traveler.outside_process o
        join traveler.purchase_order_line l on l.org_id = o.org_id and l.id = o.purchase_order_line_id
        join traveler.purchase_order d on d.org_id = l.org_id and d.id = l.purchase_order_id
        join traveler.supplier s on s.org_id = d.org_id and s.id = d.supplier_id
        join traveler.run r on r.org_id = o.org_id and r.id = o.run_id
        join traveler.part p on p.org_id = r.org_id and p.id = r.part_id
        where o.org_id = traveler_private.org() and o.run_id = p_run and o.state = 'away' and (p_units = '{}' or exists (
            select from unnest(p_units) u where u = any (traveler_private.units_of(o.id, 'away'))))
        order by o.id limit 1
    );
end
$$;
comment on function traveler_private.away_text is 'What of a run, or of some of its units, is at a supplier''s, and where; null when nothing is (O1).';

-- The serialized units of a process: those that were sent, are away, or will not come back.
create or replace function traveler_private.units_of(p_process uuid, p_which text) returns uuid[]
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return array(
        select u from traveler.outside_shipment h cross join lateral unnest(h.part_inventory_ids) u
        where h.org_id = traveler_private.org() and h.outside_process_id = p_process
            and h.kind = case p_which when 'short' then 'short' else 'send' end
        except
        select u from traveler.outside_shipment h cross join lateral unnest(h.part_inventory_ids) u
        where h.org_id = traveler_private.org() and h.outside_process_id = p_process and p_which = 'away' and h.kind <> 'send'
        order by 1);
end
$$;
comment on function traveler_private.units_of is 'The serialized units of an outside process that were sent, are away, or are short (O1).';

create or replace function traveler_private.demand_not_away(p_run uuid, p_units uuid[]) returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_away text := traveler_private.away_text(p_run, p_units);
begin
    perform traveler_private.demand(v_away is null, 409, 'units_away', 'O1', format('Units are away: %s.', v_away), 'Receive them, or close the shortfall on an issue.');
end
$$;
comment on function traveler_private.demand_not_away is 'Refuses while units of a run, or the named ones, are at a supplier''s, and says what is where (O1).';

-- Law 11: inventory in id order, the run, the step; a purchase order and its line come last.
create or replace function traveler_private.lock_outside(p_run uuid, p_step uuid, p_units uuid[]) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
begin
    perform from traveler.part_inventory i where i.org_id = v_org and i.id in (
        select ri.part_inventory_id from traveler.run_inventory ri
        where ri.org_id = v_org and ri.run_id = p_run and ri.run_split_id is null and (p_units = '{}' or ri.part_inventory_id = any (p_units)))
    order by i.id for no key update;
    perform from traveler.run r where r.org_id = v_org and r.id = p_run for no key update;
    perform from traveler.run_step s where s.org_id = v_org and s.id = p_step for no key update;
end
$$;
comment on function traveler_private.lock_outside is 'Locks what a shipment moves, its run and its step (O1).';

create or replace function traveler_private.guard_outside_process() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_run traveler.run;
    v_step traveler.run_step;
    v_line traveler.purchase_order_line;
begin
    if not traveler.has_permission('purchase.edit') then
        perform traveler_private.require('run_step.update');
    end if;
    perform from traveler.run r where r.org_id = new.org_id and r.id = new.run_id for no key update;
    perform from traveler.run_step s where s.org_id = new.org_id and s.id = new.run_step_id for no key update;
    if tg_op = 'UPDATE' then
        perform traveler_private.demand((old.run_step_id, old.attempt, old.purchase_order_line_id, old.created_by, old.created_at)
                = (new.run_step_id, new.attempt, new.purchase_order_line_id, new.created_by, new.created_at)
            and (old.withdrawn_at is null or old.withdrawn_at is not distinct from new.withdrawn_at), 409, 'outside_process_fixed', 'O1',
            'An outside process stays the one of its step and line.', 'Take the link back, and make another.');
        perform traveler_private.demand(new.quantity_sent = 0, 409, 'sent_already', 'O1', 'Something was sent on this line: the link stays.');
        new.withdrawn_at := clock_timestamp();
        return new;
    end if;
    select * into v_run from traveler.run r where r.org_id = new.org_id and r.id = new.run_id;
    perform traveler_private.demand(found, 404, 'run_unknown', 'T1', 'There is no such run.');
    select * into v_step from traveler.run_step s where s.org_id = new.org_id and s.run_id = new.run_id and s.id = new.run_step_id;
    perform traveler_private.demand(found, 404, 'step_unknown', 'T1', 'There is no such step.');
    perform traveler_private.demand(v_step.outside_process, 409, 'not_outside_process', 'O1', format('"%s" is done here: it is no outside process.', v_step.title),
        'Mark the step of the procedure as an outside process.');
    perform traveler_private.demand(v_step.state in ('todo', 'in_progress', 'hold'), 409, 'step_not_open', 'O1',
        format('"%s" is %s: nothing is sent for it.', v_step.title, replace(v_step.state, '_', ' ')), 'Bring the step back first.');
    select * into v_line from traveler.purchase_order_line l where l.org_id = new.org_id and l.id = new.purchase_order_line_id;
    perform traveler_private.demand(found, 404, 'line_unknown', 'T1', 'There is no such purchase order line.');
    perform traveler_private.demand(v_line.state not in ('received', 'canceled'), 409, 'line_closed', 'O1', format('The line is %s.', v_line.state), 'Name a line that is open.');
    perform traveler_private.demand(v_line.part_id is null or v_line.part_id = v_run.part_id, 409, 'line_of_other_part', 'O1',
        format('The line is of part %s, which run %s does not build.', (select p.part_number from traveler.part p where p.org_id = new.org_id and p.id = v_line.part_id), v_run.number),
        'Name a line of the part that the run builds.');
    perform traveler_private.demand(new.withdrawn_at is null, 409, 'outside_process_fixed', 'O1', 'A link is made before it is taken back.');
    new.attempt := v_step.attempt;
    new.created_by := traveler_private.actor();
    new.created_at := now();
    return new;
end
$$;
comment on function traveler_private.guard_outside_process is 'Trigger: which step goes on which line, and that a link is taken back only before anything was sent (O1).';
create or replace trigger _100_guard_outside_process before insert or update of run_step_id, attempt, purchase_order_line_id, created_by, created_at, withdrawn_at
    on traveler.outside_process for each row execute function traveler_private.guard_outside_process();
create or replace trigger _050_refuse_derived before update of quantity_sent, quantity_received, quantity_short on traveler.outside_process
    for each row when (pg_trigger_depth() = 0) execute function traveler_private.refuse_derived('outside_process', 'O1', 'What was sent or received');
create or replace trigger _050_refuse_derived_insert before insert on traveler.outside_process
    for each row when (new.quantity_sent <> 0 or new.quantity_received <> 0 or new.quantity_short <> 0)
    execute function traveler_private.refuse_derived('outside_process', 'O1', 'What was sent or received');

-- Whoever adds a shipment: what may go on which line, and what may come back. Nothing goes twice in one attempt, so that what was
-- sent adds up to what the run has (S14 has the way to send it again).
create or replace function traveler_private.guard_outside_shipment() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_process traveler.outside_process;
    v_run traveler.run;
    v_step traveler.run_step;
    v_line traveler.purchase_order_line;
    v_part traveler.part;
    v_place uuid;
    v_away numeric;
    v_strangers integer;
begin
    perform traveler_private.require(case new.kind when 'send' then 'run_step.update' else 'purchase.receive' end);
    if new.issue_id is not null then
        perform traveler_private.lock_issue(new.issue_id);
    end if;
    select * into v_process from traveler.outside_process o where o.org_id = new.org_id and o.run_id = new.run_id and o.id = new.outside_process_id;
    perform traveler_private.demand(found, 404, 'outside_process_unknown', 'T1', 'There is no such outside process.');
    perform traveler_private.lock_outside(new.run_id, v_process.run_step_id, new.part_inventory_ids);
    perform from traveler.purchase_order d where d.org_id = new.org_id
        and d.id = (select l.purchase_order_id from traveler.purchase_order_line l where l.org_id = new.org_id and l.id = v_process.purchase_order_line_id)
    for no key update;
    perform from traveler.purchase_order_line l where l.org_id = new.org_id and l.id = v_process.purchase_order_line_id for no key update;
    select * into v_process from traveler.outside_process o where o.org_id = new.org_id and o.id = new.outside_process_id;
    select * into v_run from traveler.run r where r.org_id = new.org_id and r.id = new.run_id;
    select * into v_step from traveler.run_step s where s.org_id = new.org_id and s.id = v_process.run_step_id;
    select * into v_part from traveler.part p where p.org_id = new.org_id and p.id = v_run.part_id;
    select * into v_line from traveler.purchase_order_line l where l.org_id = new.org_id and l.id = v_process.purchase_order_line_id;
    select s.location_id into v_place from traveler.purchase_order d join traveler.supplier s on s.org_id = d.org_id and s.id = d.supplier_id
    where d.org_id = new.org_id and d.id = v_line.purchase_order_id;
    perform traveler_private.demand(v_process.withdrawn_at is null, 409, 'outside_process_withdrawn', 'O1', 'The link of the step to this line was taken back.', 'Link it again.');

    if v_part.tracking = 'serial' then
        select count(distinct u) filter (where ri.id is null) into v_strangers from unnest(new.part_inventory_ids) u
        left join traveler.run_inventory ri on ri.org_id = new.org_id and ri.run_id = new.run_id and ri.part_inventory_id = u and ri.run_split_id is null;
        perform traveler_private.demand(cardinality(new.part_inventory_ids) > 0, 422, 'units_not_named', 'O1', 'Name the units.', 'Give serial_numbers or part_inventory_ids.');
        perform traveler_private.demand(v_strangers = 0, 409, 'unit_not_on_run', 'O1', format('%s of the named units are not of run %s.', v_strangers, v_run.number),
            'Name units of the run.');
        perform traveler_private.demand(cardinality(new.part_inventory_ids) = (select count(distinct u) from unnest(new.part_inventory_ids) u), 422, 'unit_twice', 'O1',
            'A unit is named twice.', 'Name each once.');
        new.quantity := cardinality(new.part_inventory_ids);
    else
        perform traveler_private.demand(new.part_inventory_ids = '{}', 422, 'serial_not_tracked', 'O1',
            format('Part %s is not tracked by serial number: a lot goes by quantity.', v_part.part_number), 'Give the quantity.');
        perform traveler_private.demand(v_part.unit <> 'each' or new.quantity = trunc(new.quantity), 422, 'fraction_of_a_unit', 'O1',
            format('Part %s is counted in whole units: %s is none.', v_part.part_number, traveler.json_decimal(new.quantity)), 'Send or receive whole units.');
    end if;
    new.came_from := '{}';
    if new.kind = 'send' then
        perform traveler_private.judge_sending(new, v_process, v_run, v_step, v_line, v_part);
        new.location_id := v_place;
        new.came_from := (select coalesce(jsonb_object_agg(i.id, i.location_id), '{}')
            from traveler.run_inventory ri join traveler.part_inventory i on i.org_id = ri.org_id and i.id = ri.part_inventory_id
            where ri.org_id = new.org_id and ri.run_id = new.run_id and ri.run_split_id is null
                and (v_part.tracking <> 'serial' or i.id = any (new.part_inventory_ids)));
    else
        v_away := v_process.quantity_sent - v_process.quantity_received - v_process.quantity_short;
        perform traveler_private.demand(new.quantity <= v_away, 409, 'more_than_away', 'O1',
            format('%s are away on this line, not %s.', traveler.json_decimal(v_away), traveler.json_decimal(new.quantity)), 'Name no more than what was sent and is not back.',
            jsonb_build_object('quantity', traveler.json_decimal(v_away)));
        perform traveler_private.demand(new.part_inventory_ids <@ traveler_private.units_of(v_process.id, 'away'), 409, 'unit_not_away', 'O1',
            'One of the named units is not away on this line.', 'Name units that were sent on it and are not back.');
        if new.kind = 'short' then
            perform traveler_private.demand(new.reason is not null, 422, 'reason_missing', 'O1', 'Say why they will not come back.', 'Give a reason.');
            new.location_id := v_place;
        else
            -- Back to the place that is given, else the step's, else where each was.
            new.location_id := coalesce(new.location_id, (select v_step.location_id where not exists (
                select from traveler.supplier s where s.org_id = new.org_id and s.location_id = v_step.location_id)));
            perform traveler_private.demand(not exists (select from traveler.supplier s where s.org_id = new.org_id and s.location_id = new.location_id), 409,
                'location_is_suppliers', 'O1', 'What is received comes back: this is a supplier''s place.', 'Name a place of the org''s own.');
        end if;
    end if;
    new.created_by := traveler_private.actor();
    new.created_at := clock_timestamp();
    return new;
end
$$;
comment on function traveler_private.guard_outside_shipment is 'Trigger: judges what is sent to a supplier, comes back, or will not, and stamps it (O1).';
create or replace trigger _100_guard_outside_shipment before insert on traveler.outside_shipment
    for each row execute function traveler_private.guard_outside_shipment();
create or replace trigger _010_refuse_change before update on traveler.outside_shipment
    for each row execute function traveler_private.refuse_change('outside_shipment', 'O1');
alter table traveler.outside_shipment enable always trigger _010_refuse_change;

create or replace function traveler_private.judge_sending(p_shipment traveler.outside_shipment, p_process traveler.outside_process, p_run traveler.run,
    p_step traveler.run_step, p_line traveler.purchase_order_line, p_part traveler.part) returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_left numeric;
    v_fault text;
begin
    perform traveler_private.demand(p_process.attempt = p_step.attempt, 409, 'attempt_over', 'S14',
        format('That was attempt %s at "%s"; it is at attempt %s.', p_process.attempt, p_step.title, p_step.attempt), 'Link the step anew.');
    perform traveler_private.demand(p_step.state in ('todo', 'in_progress'), 409, 'step_not_open', 'O1',
        format('"%s" is %s: nothing is sent for it.', p_step.title, replace(p_step.state, '_', ' ')), 'Release it first.');
    perform traveler_private.demand(p_line.state in ('ordered', 'partially_received'), 409, 'line_not_ordered', 'O1',
        format('Line %s is %s: nothing is sent on it.', p_line.position, replace(p_line.state, '_', ' ')), 'Have it approved and ordered, or name another line.');
    v_left := p_line.quantity - p_line.quantity_sent;
    perform traveler_private.demand(p_shipment.quantity <= v_left, 409, 'more_than_ordered', 'O1',
        format('%s can''t be sent: the line is for %s, and %s are sent.', traveler.json_decimal(p_shipment.quantity), traveler.json_decimal(p_line.quantity),
            traveler.json_decimal(p_line.quantity_sent)), 'Send fewer, or order more on another line.', jsonb_build_object('quantity', traveler.json_decimal(v_left)));
    if p_part.tracking <> 'serial' then
        -- Of what the run has, what was not sent in this attempt and is not away for another step.
        select least(p_run.quantity - coalesce(sum(o.quantity_sent) filter (where o.run_step_id = p_step.id and o.attempt = p_step.attempt), 0),
            p_run.quantity - coalesce(sum(o.quantity_sent - o.quantity_received - o.quantity_short), 0)) into v_left
        from traveler.outside_process o where o.org_id = v_org and o.run_id = p_run.id and o.withdrawn_at is null;
        perform traveler_private.demand(p_shipment.quantity <= v_left, 409, 'more_than_there', 'O1',
            format('%s can''t be sent: %s of run %s are here, and were not sent for this step yet.', traveler.json_decimal(p_shipment.quantity),
                traveler.json_decimal(greatest(v_left, 0)), p_run.number), 'Send fewer. What is to be done again is sent in another attempt.',
            jsonb_build_object('quantity', traveler.json_decimal(greatest(v_left, 0))));
    else
        select case when i.outside_process_id is not null then format('Unit %s is at a supplier''s.', coalesce(i.serial_number, i.id::text))
            else format('Unit %s was sent for this step already.', coalesce(i.serial_number, i.id::text)) end into v_fault
        from traveler.part_inventory i
        where i.org_id = v_org and i.id = any (p_shipment.part_inventory_ids) and (i.outside_process_id is not null or exists (
            select from traveler.outside_process o where o.org_id = v_org and o.run_step_id = p_step.id and o.attempt = p_step.attempt
                and i.id = any (traveler_private.units_of(o.id, 'sent'))))
        order by i.id limit 1;
        perform traveler_private.demand(v_fault is null, 409, 'unit_sent_already', 'O1', v_fault, 'Name units that are here. What is to be done again is sent in another attempt.');
    end if;
    select case when i.installation_id is not null then 'is installed in an assembly' when i.quantity_scrapped > 0 then 'is scrapped' end into v_fault
    from traveler.run_inventory ri join traveler.part_inventory i on i.org_id = ri.org_id and i.id = ri.part_inventory_id
    where ri.org_id = v_org and ri.run_id = p_run.id and ri.run_split_id is null and (p_part.tracking <> 'serial' or i.id = any (p_shipment.part_inventory_ids))
        and (i.installation_id is not null or i.quantity_scrapped > 0) limit 1;
    perform traveler_private.demand(not found, 409, 'unit_not_loose', 'O1', format('One of the units %s.', v_fault), 'Send units that stand for themselves.');
end
$$;
comment on function traveler_private.judge_sending is 'Refuses to send what the line, the step or the run does not have (O1).';

create or replace function traveler_private.apply_outside_shipment() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_process traveler.outside_process;
    v_place uuid := new.location_id;
    v_lot uuid;
    v_away numeric;
    v_rows integer;
begin
    update traveler.outside_process o set quantity_sent = o.quantity_sent + case new.kind when 'send' then new.quantity else 0 end,
        quantity_received = o.quantity_received + case new.kind when 'receive' then new.quantity else 0 end,
        quantity_short = o.quantity_short + case new.kind when 'short' then new.quantity else 0 end
    where o.org_id = new.org_id and o.id = new.outside_process_id returning * into strict v_process;
    update traveler.purchase_order_line l set quantity_sent = l.quantity_sent + case new.kind when 'send' then new.quantity else 0 end,
        quantity_received = l.quantity_received + case new.kind when 'receive' then new.quantity else 0 end,
        quantity_short = l.quantity_short + case new.kind when 'short' then new.quantity else 0 end,
        state = case when new.kind = 'send' then l.state when l.quantity_received + l.quantity_short + new.quantity = l.quantity then 'received' else 'partially_received' end
    where l.org_id = new.org_id and l.id = v_process.purchase_order_line_id;
    get diagnostics v_rows = row_count;
    if v_rows <> 1 then
        raise exception 'shipment %: % lines counted', new.id, v_rows;
    end if;

    -- I2, B3: where the units are. A lot is away once all of it is.
    if new.part_inventory_ids = '{}' then
        select ri.part_inventory_id into strict v_lot from traveler.run_inventory ri
        where ri.org_id = new.org_id and ri.run_id = new.run_id and ri.run_split_id is null;
        select sum(o.quantity_sent - o.quantity_received - o.quantity_short) into v_away
        from traveler.outside_process o where o.org_id = new.org_id and o.run_id = new.run_id;
    end if;
    if new.kind = 'send' then
        update traveler.part_inventory i set location_id = v_place, outside_process_id = v_process.id
        where i.org_id = new.org_id and (i.id = any (new.part_inventory_ids) or i.id = v_lot and i.quantity <= v_away);
        update traveler.run_step s set state = 'in_progress' where s.org_id = new.org_id and s.id = v_process.run_step_id and s.state = 'todo';
    elsif new.kind = 'receive' then
        update traveler.part_inventory i set outside_process_id = null, location_id = coalesce(v_place, (
            select (h.came_from ->> i.id::text)::uuid from traveler.outside_shipment h
            where h.org_id = new.org_id and h.outside_process_id = v_process.id and h.kind = 'send' and h.came_from ? i.id::text
            order by h.id desc limit 1))
        where i.org_id = new.org_id and (i.id = any (new.part_inventory_ids) or i.id = v_lot) and i.outside_process_id is not null;
    else
        -- I2: the issue decides about them, and keeps them until it has.
        insert into traveler.issue_inventory (org_id, issue_id, part_inventory_id)
        select new.org_id, new.issue_id, u from unnest(case when v_lot is null then new.part_inventory_ids else array[v_lot] end) u order by u
        on conflict do nothing;
    end if;
    return null;
end
$$;
comment on function traveler_private.apply_outside_shipment is 'Trigger: counts a shipment, moves its units, starts the step with the first that is sent, gives a shortfall to its issue (O1).';
create or replace trigger _500_apply_outside_shipment after insert on traveler.outside_shipment
    for each row execute function traveler_private.apply_outside_shipment();

-- What a supplier has stays there until it is received; what will not come back may be found, and moved then.
create or replace function traveler_private.guard_away_inventory() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_process traveler.outside_process;
begin
    select * into v_process from traveler.outside_process o where o.org_id = old.org_id and o.id = old.outside_process_id;
    perform traveler_private.demand(v_process.state <> 'away' or old.id = any (traveler_private.units_of(v_process.id, 'short')), 409, 'units_away', 'O1',
        format('Units are away: %s.', traveler_private.away_text(v_process.run_id, '{}')), 'Receive them: that brings them back.');
    new.outside_process_id := null;
    return new;
end
$$;
comment on function traveler_private.guard_away_inventory is 'Trigger: what is at a supplier''s is not moved by hand (O1).';
create or replace trigger _100_guard_away_inventory before update of location_id on traveler.part_inventory
    for each row when (old.outside_process_id is not null and new.outside_process_id is not null and old.location_id is distinct from new.location_id)
    execute function traveler_private.guard_away_inventory();

-- Why an outside process is not started as other steps are; no row when there is no reason (S16).
create or replace function traveler_private.start_obstacle(p_step uuid) returns table (code text, rule text, message text, clear text)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
    return query
    select 'sent_to_start', 'O1', format('"%s" is done by a supplier: sending the units starts it.', s.title), 'Send them, on a line that is ordered.'
    from traveler.run_step s
    where s.org_id = traveler_private.org() and s.id = p_step and s.outside_process and s.state = 'todo' and not exists (
        select from traveler.outside_process o
        where o.org_id = s.org_id and o.run_step_id = s.id and o.attempt = s.attempt and o.quantity_sent > 0);
end
$$;
comment on function traveler_private.start_obstacle is 'Why a step that a supplier does can''t be started by hand (O1).';

-- While units are away their step is held at most.
create or replace function traveler_private.away_obstacles(p_to text, p_ids uuid[])
returns table (run_step_id uuid, code text, rule text, message text, clear text, detail jsonb)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
    return query
    select s.id, 'units_away', 'O1', format('"%s" can''t be %s: %s.', s.title,
            case p_to when 'todo' then 'reset' when 'redline' then 'redlined' else p_to end, traveler_private.away_text(s.run_id, '{}')),
        'Receive them, or close the shortfall on an issue.', jsonb_build_object('outside_process_id', o.id)
    from traveler.outside_process o
    join traveler.run_step s on s.org_id = o.org_id and s.id = o.run_step_id
    where o.org_id = traveler_private.org() and o.run_step_id = any (p_ids) and o.state = 'away';
end
$$;
comment on function traveler_private.away_obstacles is 'The steps whose units are at a supplier''s: they are held, and nothing else (O1).';
