-- What can be permitted, and what the built-in roles hold of it (T3).

insert into traveler.permission (name, description) values
    ('org.manage', 'Change the org''s settings, users and roles'),
    ('part.edit', 'Create and change parts and their mBOMs'),
    ('location.edit', 'Create and change locations and work centers'),
    ('tool.edit', 'Register tools and record their calibration'),
    ('inventory.receive', 'Receive and adjust part inventory'),
    ('inventory.install', 'Install inventory in an assembly and take it out again'),
    ('inventory.hold', 'Put inventory on quality hold and release it'),
    ('inventory.scrap', 'Scrap inventory and bring it back'),
    ('inventory.reserve', 'Reserve inventory for runs, put it in kits, and free it'),
    ('procedure.edit', 'Write procedures'),
    ('procedure.release', 'Release and archive procedures'),
    ('run.create', 'Create runs'),
    ('run.update', 'Give runs the values of the org''s own attributes'),
    ('run.assign', 'Assign runs and steps to users, teams and work centers'),
    ('run.schedule', 'Say when runs and steps are planned, and plan them'),
    ('run.complete', 'Record the completion of a run'),
    ('run.batch', 'Make batches of runs, join and leave them'),
    ('run.split', 'Split units off a run, resolve what they share, and close the group'),
    ('run.reopen', 'Reopen a completed run; held by admin alone'),
    ('run_step.update', 'Start steps, enter values, sign steps off'),
    ('run_step.reopen', 'Bring a completed step back'),
    ('run_step.correct', 'Correct a value of a completed step'),
    ('redline.create', 'Open redlines'),
    ('redline.approve', 'Approve redlines'),
    ('deviation.accept', 'Accept an out-of-range value'),
    ('session.update', 'Edit the labor sessions of others'),
    ('issue.create', 'Report issues and comment on them'),
    ('issue.update', 'Work on issues: describe, assign, link, start and submit them'),
    ('issue.dispose', 'Set the disposition of an issue'),
    ('issue.approve', 'Approve the disposition of an issue, in a role that it asks for'),
    ('issue.resolve', 'Resolve issues, and open resolved ones again'),
    ('requirement.except', 'Except a build requirement from being met, by an issue'),
    ('purchase.edit', 'Add suppliers, write purchase orders, and ask for their approval'),
    ('purchase.approve', 'Approve purchase orders that others asked for'),
    ('purchase.order', 'Order what is approved, and close or cancel what is ordered'),
    ('purchase.receive', 'Receive from suppliers, and close shortfalls on issues'),
    ('attribute.define', 'Define custom attributes'),
    ('refusal.read', 'Read which acts were refused, to whom and why')
on conflict (name) do update set description = excluded.description
where permission.description <> excluded.description;

-- The built-in roles (T3). Everyone reads their org; these say who changes what.
create or replace function traveler_private.built_in_role_permissions() returns table (role_name text, permission text)
language sql immutable
set search_path = pg_catalog, pg_temp
as $$
    select r.name, unnest(r.permissions) from (values
        ('admin', array['org.manage', 'part.edit', 'location.edit', 'tool.edit', 'inventory.receive', 'inventory.install', 'procedure.edit',
            'procedure.release', 'run.create', 'run.assign', 'run.complete', 'run.reopen', 'run_step.update', 'run_step.reopen',
            'run_step.correct', 'redline.create', 'redline.approve', 'deviation.accept', 'session.update', 'attribute.define', 'refusal.read']),
        ('engineer', array['part.edit', 'location.edit', 'tool.edit', 'procedure.edit', 'procedure.release', 'run.create', 'run.assign', 'run_step.update',
            'redline.create', 'redline.approve']),
        ('technician', array['run_step.update', 'inventory.install']),
        ('quality', array['tool.edit', 'run.complete', 'run_step.update', 'run_step.reopen', 'run_step.correct', 'redline.approve', 'deviation.accept',
            'refusal.read']),
        ('inventory', array['inventory.receive', 'inventory.install', 'location.edit', 'tool.edit']),
        ('planner', array['run.create', 'run.assign', 'run.complete', 'session.update', 'location.edit']),
        ('viewer', array[]::text[]),
        -- issues, and what they except (Q1, B5)
        ('admin', array['issue.create', 'issue.update', 'issue.dispose', 'issue.approve', 'issue.resolve', 'requirement.except']),
        ('quality', array['issue.create', 'issue.update', 'issue.dispose', 'issue.approve', 'issue.resolve', 'requirement.except']),
        ('engineer', array['issue.create', 'issue.update', 'issue.dispose', 'issue.approve', 'requirement.except']),
        -- acts on stock (I2, I4)
        ('admin', array['inventory.hold', 'inventory.scrap', 'inventory.reserve']), ('quality', array['inventory.hold', 'inventory.scrap']),
        ('inventory', array['inventory.scrap', 'inventory.reserve']), ('planner', array['inventory.reserve']),
        -- the org's own attributes (F2)
        ('admin', array['run.update']), ('engineer', array['run.update']), ('technician', array['run.update']), ('quality', array['run.update']),
        ('planner', array['run.update']),
        -- scheduling (H)
        ('admin', array['run.schedule']), ('engineer', array['run.schedule']), ('planner', array['run.schedule']),
        -- splitting runs (X)
        ('admin', array['run.batch']), ('engineer', array['run.batch']), ('planner', array['run.batch']),
        ('admin', array['run.split']), ('quality', array['run.split']), ('engineer', array['run.split']),
        -- purchase orders (O2)
        ('admin', array['purchase.edit', 'purchase.approve', 'purchase.order', 'purchase.receive']), ('engineer', array['purchase.edit']),
        ('quality', array['purchase.approve']), ('inventory', array['purchase.edit', 'purchase.receive']),
        ('planner', array['purchase.edit', 'purchase.approve', 'purchase.order']),
        ('technician', array['issue.create']), ('inventory', array['issue.create']), ('planner', array['issue.create'])) r (name, permissions)
    union all
    select 'viewer', null
$$;
comment on function traveler_private.built_in_role_permissions is 'The built-in roles and what each holds; a null permission names a role that holds none (T3).';

-- A permission that came later reaches the built-in roles of the orgs that were there before it. What an org took away stays away.
create or replace function traveler_private.spread_permissions() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid;
begin
    for v_org in select s.org_id from traveler_private.org_slug s order by s.org_id loop
        perform traveler_private.set_context(v_org, null, 'system', 'upgrade', null, null);
        insert into traveler.role_permission (org_id, role_id, permission)
        select v_org, r.id, b.permission
        from traveler_private.built_in_role_permissions() b
        join traveler.role r on r.org_id = v_org and r.name = b.role_name and r.built_in
        where b.permission is not null and not exists (
            select from traveler.role_permission p where p.org_id = v_org and p.role_id = r.id and p.permission = b.permission)
        order by 2, 3;
    end loop;
    perform set_config('traveler.context', '', true);
end
$$;
comment on function traveler_private.spread_permissions is 'Gives the built-in roles of every org what they hold by now and never held (T3).';

-- T3: only admin holds run.reopen.
create or replace function traveler_private.guard_role_permission() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    if new.permission = 'run.reopen' and new.revoked_at is null and not exists (
        select from traveler.role r where r.org_id = new.org_id and r.id = new.role_id and r.name = 'admin' and r.built_in) then
        perform traveler_private.refuse(409, 'reopen_is_admins', 'T3', 'Only the admin role holds run.reopen.');
    end if;
    return new;
end
$$;
comment on function traveler_private.guard_role_permission is 'Trigger: run.reopen belongs to the built-in admin role alone (T3).';
create or replace trigger _100_guard_role_permission before insert or update on traveler.role_permission
    for each row execute function traveler_private.guard_role_permission();

select traveler_private.spread_permissions();
