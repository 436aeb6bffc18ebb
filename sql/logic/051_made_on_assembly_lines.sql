-- Lines of an mBOM that are made on assembly (B7): what may be one.

-- Judged over whole mBOMs at the end of the statement, as lines and substitutes may come in one.
create or replace function traveler_private.guard_made_lines() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_part text;
    v_quantity numeric;
begin
    select p.part_number into v_part
    from traveler.mbom_line l
    join traveler.mbom_substitute s on s.org_id = l.org_id and s.mbom_line_id = l.id
    join traveler.part p on p.org_id = l.org_id and p.id = l.part_id
    where l.org_id = traveler_private.org() and l.mbom_id in (select n.mbom_id from new_rows n) and l.made_on_assembly limit 1;
    perform traveler_private.demand(not found, 422, 'made_has_no_substitute', 'B7', format('Part %s is made on assembly: nothing is installed in its place.', v_part),
        'Name no substitutes, or have it installed from stock.');
    select p.part_number, l.quantity_per_unit into v_part, v_quantity
    from traveler.mbom_line l join traveler.part p on p.org_id = l.org_id and p.id = l.part_id and p.tracking = 'serial'
    where l.org_id = traveler_private.org() and l.mbom_id in (select n.mbom_id from new_rows n) and l.made_on_assembly
        and l.quantity_per_unit <> trunc(l.quantity_per_unit) limit 1;
    perform traveler_private.demand(not found, 422, 'made_in_whole_units', 'B7',
        format('Part %s is tracked by serial number: it is made on assembly in whole units, not %s.', v_part, traveler.json_decimal(v_quantity)));
    return null;
end
$$;
comment on function traveler_private.guard_made_lines is 'Trigger: a line that is made on assembly has no substitutes, and whole units where they have serial numbers (B7).';
create or replace trigger _110_guard_made_lines_inserted after insert on traveler.mbom_line referencing new table as new_rows
    for each statement execute function traveler_private.guard_made_lines();
create or replace trigger _110_guard_made_lines_updated after update on traveler.mbom_line referencing new table as new_rows
    for each statement execute function traveler_private.guard_made_lines();
create or replace trigger _110_guard_made_lines_inserted after insert on traveler.mbom_substitute referencing new table as new_rows
    for each statement execute function traveler_private.guard_made_lines();
create or replace trigger _110_guard_made_lines_updated after update on traveler.mbom_substitute referencing new table as new_rows
    for each statement execute function traveler_private.guard_made_lines();

-- What is made on assembly is built by what its mBOM says. A part without one is just built.
create or replace function traveler_private.guard_made_released() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_part text;
begin
    select p.part_number into v_part
    from traveler.mbom_line l join traveler.part p on p.org_id = l.org_id and p.id = l.part_id
    where l.org_id = new.org_id and l.mbom_id = new.id and l.made_on_assembly
        and exists (select from traveler.mbom m where m.org_id = l.org_id and m.part_id = l.part_id and m.id <> new.id)
        and not exists (select from traveler.mbom m where m.org_id = l.org_id and m.part_id = l.part_id and m.state = 'released') limit 1;
    perform traveler_private.demand(not found, 409, 'made_part_unreleased', 'B7', format('Part %s is made on assembly, and none of its mBOMs is released.', v_part),
        'Release its mBOM first.');
    return new;
end
$$;
comment on function traveler_private.guard_made_released is 'Trigger: an mBOM is released when those of what it makes on assembly are (B7).';
create or replace trigger _110_guard_made_released before update of state on traveler.mbom
    for each row when (new.state = 'released' and old.state <> 'released') execute function traveler_private.guard_made_released();
