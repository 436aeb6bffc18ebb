-- The as-built BOM for analysts (B6): the service's own walk, which takes more reading than a view can say. The one function that runs
-- for analysts as the owner: it enters the org of the login, whatever context the session made up, and leaves it when it is done.
create or replace function analytics.abom_of(p_part_inventory_id uuid, p_as_of timestamptz default null)
returns table (level integer, installation_id uuid, assembly_inventory_id uuid, part_inventory_id uuid, part_id uuid, part_number text,
    part_revision text, part_name text, unit text, serial_number text, lot_number text, quantity numeric, installed_at timestamptz,
    removed_at timestamptz, run_id uuid, whole_run boolean, shared boolean, from_origin boolean)
language plpgsql stable security definer rows 20 cost 10000
set search_path = pg_catalog, pg_temp
as $$
declare
    v_payload text := concat_ws('|', analytics.current_org(), '', 'system', 'analyst', '', '');
    v_context text := coalesce(current_setting('traveler.context', true), '');
begin
    perform set_config('traveler.context', v_payload || '|' || traveler_private.sign_context(v_payload), true);
    return query select * from traveler.abom(p_part_inventory_id, p_as_of);
    perform set_config('traveler.context', v_context, true);
end
$$;
comment on function analytics.abom_of is 'What is in a unit at all depths, itself at level 0, now or as of a moment (B6); the columns are those of analytics.abom_tree.';

create or replace view analytics.abom_tree with (security_invoker = true) as
    select i.id as root_inventory_id, i.serial_number as root_serial_number, i.lot_number as root_lot_number, t.level, t.installation_id,
        t.assembly_inventory_id, t.part_inventory_id, t.part_id, t.part_number, t.part_revision, t.part_name, t.unit, t.serial_number, t.lot_number,
        t.quantity, t.installed_at, t.run_id, t.whole_run, t.shared, t.from_origin
    from traveler.part_inventory i
    cross join lateral analytics.abom_of(i.id) t
    where t.level > 0 and exists (select from traveler.run_inventory u where u.org_id = i.org_id and u.part_inventory_id = i.id);
select traveler_private.describe('analytics.abom_tree', 'The as-built BOM (B6): for each row of inventory that a run builds or built, what is in it at all depths. Name a root_inventory_id or its serial number: each root is a walk of its own.',
    'root_inventory_id', 'The unit, or lot, whose tree it is.',
    'root_serial_number', 'Its serial number.',
    'root_lot_number', 'Its lot.',
    'level', 'How deep it is: 1 for what is in the root itself.',
    'installation_id', 'The installation.',
    'assembly_inventory_id', 'What it is installed in.',
    'part_inventory_id', 'What is installed.',
    'part_id', 'Its part.',
    'part_number', 'The number of that part.',
    'part_revision', 'Its revision.',
    'part_name', 'Its name.',
    'unit', 'The unit of the quantity.',
    'serial_number', 'Its serial number.',
    'lot_number', 'Its lot.',
    'quantity', 'How much.',
    'installed_at', 'When it was installed.',
    'run_id', 'The run that installed it.',
    'whole_run', 'Whether it went into the run as a whole, so that it may be in any of its units.',
    'shared', 'Whether groups that were split off share it until that is resolved (X4).',
    'from_origin', 'Whether it was in the row that this one was split from (I5).');
