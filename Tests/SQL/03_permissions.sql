-- T3: permissions are named, roles are sets of them, and an org keeps an admin. T4: nothing of a record is deleted.
\ir support/world.psql
select plan(35);

-- Every act, the permission that it needs, and who of the built-in roles holds it. The ids are of nothing: what is refused for
-- want of a permission is refused before anything is looked at.
create table test.act (act text, permission text);
insert into test.act values
    ($$ traveler.add_user('{}') $$, 'org.manage'),
    ($$ traveler.change_user(traveler.new_id(), null, '{}') $$, 'org.manage'),
    ($$ traveler.create_part('{}') $$, 'part.edit'),
    ($$ traveler.change_part(traveler.new_id(), null, '{}') $$, 'part.edit'),
    ($$ traveler.create_mbom(traveler.new_id(), '{}') $$, 'part.edit'),
    ($$ traveler.release_mbom(traveler.new_id(), null) $$, 'part.edit'),
    ($$ traveler.import_rows('{"kind": "parts"}') $$, 'part.edit'), ($$ traveler.import_rows('{"kind": "mboms"}') $$, 'part.edit'),
    ($$ traveler.import_file('{"kind": "parts"}', sha256('x'), false) $$, 'part.edit'), ($$ traveler.import_file('{"kind": "inventory"}', sha256('x'), true) $$, 'inventory.receive'),
    ($$ traveler.import_rows('{"kind": "inventory"}') $$, 'inventory.receive'), ($$ traveler.import_rows('{"kind": "procedures"}') $$, 'procedure.edit'),
    ($$ traveler.create_location('{}') $$, 'location.edit'),
    ($$ traveler.create_tool('{}') $$, 'tool.edit'),
    ($$ traveler.change_tool(traveler.new_id(), null, '{}') $$, 'tool.edit'),
    ($$ traveler.receive_inventory('{}') $$, 'inventory.receive'),
    ($$ traveler.change_inventory(traveler.new_id(), null, '{}') $$, 'inventory.receive'),
    ($$ traveler.create_procedure('{}') $$, 'procedure.edit'),
    ($$ traveler.replace_procedure(traveler.new_id(), null, '{}') $$, 'procedure.edit'),
    ($$ traveler.new_procedure_version(traveler.new_id()) $$, 'procedure.edit'),
    ($$ traveler.move_procedure(traveler.new_id(), null, 'in_review') $$, 'procedure.edit'),
    ($$ traveler.move_procedure(traveler.new_id(), null, null) $$, 'procedure.edit'),
    ($$ traveler.move_procedure(traveler.new_id(), null, 'released') $$, 'procedure.release'),
    ($$ traveler.move_procedure(traveler.new_id(), null, 'archived') $$, 'procedure.release'),
    ($$ traveler.save_run_as_procedure(traveler.new_id(), '{}') $$, 'procedure.edit'),
    ($$ traveler.create_run('{}') $$, 'run.create'),
    ($$ traveler.complete_run(traveler.new_id()) $$, 'run.complete'),
    ($$ traveler.start_steps(array[traveler.new_id()]) $$, 'run_step.update'),
    ($$ traveler.complete_steps(array[traveler.new_id()]) $$, 'run_step.update'),
    ($$ traveler.change_org(null, '{}') $$, 'org.manage'),
    ($$ traveler.create_reason('{}') $$, 'org.manage'),
    ($$ traveler.create_labor_rate('{}') $$, 'org.manage'),
    ($$ traveler.end_labor_rate(traveler.new_id(), null, '{}') $$, 'org.manage'),
    ($$ traveler.acknowledge_warnings(traveler.new_id(), '[]') $$, 'acknowledge'),
    ($$ traveler.create_team('{}') $$, 'org.manage'),
    ($$ traveler.change_team(traveler.new_id(), null, '{}') $$, 'org.manage'),
    ($$ traveler.assign(traveler.new_id(), null, '{}') $$, 'run.assign'), ($$ traveler.set_schedule('{}') $$, 'run.schedule'), ($$ traveler.lock_plan('{}') $$, 'run.schedule'),
    ($$ traveler.supply_requirement(traveler.new_id(), '{}') $$, 'run.schedule'), ($$ traveler.end_run_supply(traveler.new_id(), null, 'done') $$, 'run.schedule'),
    ($$ traveler.create_attribute_definition('{}') $$, 'attribute.define'), ($$ traveler.change_attribute_definition(traveler.new_id(), null, '{}') $$, 'attribute.define'),
    ($$ traveler.archive_attribute_definition(traveler.new_id(), null) $$, 'attribute.define'), ($$ traveler.set_run_attributes(traveler.new_id(), null, '{}') $$, 'run.update'),
    ($$ traveler.create_work_calendar('{}') $$, 'location.edit'), ($$ traveler.change_work_calendar(traveler.new_id(), null, '{}') $$, 'location.edit'), ($$ traveler.change_location(traveler.new_id(), null, '{}') $$, 'location.edit'),
    ($$ traveler.check_in(traveler.new_id()) $$, 'run_step.update'),
    ($$ traveler.declare_attachment('{}') $$, 'run_step.update'),
    ($$ traveler.write_attachment_part(traveler.new_id(), 1, null, 'x') $$, 'run_step.update'),
    ($$ traveler.finish_attachment(traveler.new_id(), '{}') $$, 'run_step.update'),
    ($$ traveler.archive_attachment(traveler.new_id(), null) $$, 'run_step.update'),
    ($$ traveler.change_session(traveler.new_id(), null, '{}') $$, 'session.update'),
    ($$ traveler.archive_reason(traveler.new_id(), null) $$, 'org.manage'),
    ($$ traveler.correct_values(traveler.new_id(), null, '{}') $$, 'run_step.correct'),
    ($$ traveler.act_on_steps('hold', array[traveler.new_id()]) $$, 'run_step.update'),
    ($$ traveler.act_on_steps('reopen', array[traveler.new_id()]) $$, 'run_step.reopen'),
    ($$ traveler.act_on_steps('redline', array[traveler.new_id()]) $$, 'redline.create or run_step.reopen'),
    ($$ traveler.act_on_steps('release_redline', array[traveler.new_id()]) $$, 'redline.approve'),
    ($$ traveler.act_on_steps('cancel_redline', array[traveler.new_id()]) $$, 'redline.create'),
    ($$ traveler.edit_redline(traveler.new_id(), null, '{}') $$, 'redline.create'),
    ($$ traveler.add_step(traveler.new_id(), '{}') $$, 'redline.create'),
    ($$ traveler.copy_step(traveler.new_id(), '{}') $$, 'redline.create'),
    ($$ traveler.merge_redline(traveler.new_id(), '{}') $$, 'procedure.edit'),
    ($$ traveler.apply_redline(traveler.new_id(), '{}') $$, 'redline.create'),
    ($$ traveler.change_redline(traveler.new_id(), null, '{}') $$, 'redline.create'),
    ($$ traveler.move_redline('submit', traveler.new_id(), null) $$, 'redline.create'),
    ($$ traveler.act_on_run('cancel', traveler.new_id()) $$, 'run_step.update'),
    ($$ traveler.enter_values(traveler.new_id(), null, '{}') $$, 'run_step.update'),
    ($$ traveler.sign_steps(array[traveler.new_id()]) $$, 'run_step.update'),
    ($$ traveler.accept_deviation(traveler.new_id(), '{}') $$, 'deviation.accept'),
    ($$ traveler.install(traveler.new_id(), '{}') $$, 'inventory.install'),
    ($$ traveler.reopen_run(traveler.new_id(), null, 'x') $$, 'run.reopen'),
    ($$ traveler.create_issue('{}') $$, 'issue.create'),
    ($$ traveler.comment_issue(traveler.new_id(), 'x') $$, 'issue.create'),
    ($$ traveler.link_issue(traveler.new_id(), '{}') $$, 'issue.create'),
    ($$ traveler.unlink_issue(traveler.new_id(), '{}') $$, 'issue.dispose'),
    ($$ traveler.change_issue(traveler.new_id(), null, '{}') $$, 'issue.update'),
    ($$ traveler.dispose_issue(traveler.new_id(), null, '{}') $$, 'issue.dispose'),
    ($$ traveler.approve_issue(traveler.new_id(), null) $$, 'issue.approve'),
    ($$ traveler.move_issue('start', traveler.new_id()) $$, 'issue.update'),
    ($$ traveler.move_issue('submit', traveler.new_id()) $$, 'issue.update'),
    ($$ traveler.move_issue('return', traveler.new_id()) $$, 'issue.update'),
    ($$ traveler.move_issue('resolve', traveler.new_id()) $$, 'issue.resolve'),
    ($$ traveler.move_issue('reopen', traveler.new_id()) $$, 'issue.resolve'),
    ($$ traveler.create_disposition_type('{}') $$, 'org.manage'),
    ($$ traveler.archive_disposition_type(traveler.new_id(), null) $$, 'org.manage'),
    ($$ traveler.except_requirement(traveler.new_id(), '{}') $$, 'requirement.except'),
    ($$ traveler.withdraw_exception(traveler.new_id(), null, 'x') $$, 'requirement.except'),
    ($$ traveler.adjust_inventory(traveler.new_id(), null, '{}') $$, 'inventory.receive'),
    ($$ traveler.move_inventory(traveler.new_id(), null, '{}') $$, 'inventory.receive'),
    ($$ traveler.split_inventory(traveler.new_id(), null, '{}') $$, 'inventory.receive'),
    ($$ traveler.merge_inventory(traveler.new_id(), null, '{}') $$, 'inventory.receive'),
    ($$ traveler.ship_inventory(traveler.new_id(), null, '{}') $$, 'inventory.receive'),
    ($$ traveler.return_inventory(traveler.new_id(), null, '{}') $$, 'inventory.receive'),
    ($$ traveler.scrap_inventory(traveler.new_id(), null, '{}') $$, 'inventory.scrap'),
    ($$ traveler.unscrap_inventory(traveler.new_id(), null, '{}') $$, 'inventory.scrap'),
    ($$ traveler.hold_inventory(traveler.new_id(), null, '{}') $$, 'inventory.hold'),
    ($$ traveler.release_inventory(traveler.new_id(), null, '{}') $$, 'inventory.hold'),
    ($$ traveler.reserve_inventory(traveler.new_id(), null, '{}') $$, 'inventory.reserve'),
    ($$ traveler.unreserve_inventory(traveler.new_id(), null) $$, 'inventory.reserve'),
    ($$ traveler.split_facts(traveler.new_id(), null, '{}') $$, 'run.split'),
    ($$ traveler.create_batch('{}') $$, 'run.batch'),
    ($$ traveler.join_batch(traveler.new_id(), null, '{}') $$, 'run.batch'),
    ($$ traveler.leave_batch(traveler.new_id(), '{}') $$, 'run.batch'),
    ($$ traveler.dissolve_batch(traveler.new_id(), null) $$, 'run.batch'),
    ($$ traveler.split_run(traveler.new_id(), null, null, '{}', '{}') $$, 'run.split'),
    ($$ traveler.resolve_installation(traveler.new_id(), null, '{}') $$, 'run.split'),
    ($$ traveler.close_split(traveler.new_id(), null, 'merged', null) $$, 'run.split'),
    ($$ traveler.rework_split(traveler.new_id(), null, '{}') $$, 'run.split and run.create'),
    ($$ traveler.scrap_run(traveler.new_id(), null, '{}') $$, 'inventory.scrap'),
    ($$ traveler.install_into_split(traveler.new_id(), '{}') $$, 'inventory.install'),
    ($$ traveler.create_supplier('{}') $$, 'purchase.edit'),
    ($$ traveler.change_supplier(traveler.new_id(), null, '{}') $$, 'purchase.edit'),
    ($$ traveler.create_purchase_order('{}') $$, 'purchase.edit'),
    ($$ traveler.change_purchase_order(traveler.new_id(), null, '{}') $$, 'purchase.edit'),
    ($$ traveler.change_purchase_order_line(traveler.new_id(), null, '{}') $$, 'purchase.edit'),
    ($$ traveler.act_on_purchase_order('request', traveler.new_id()) $$, 'purchase.edit'),
    ($$ traveler.act_on_purchase_order('revise', traveler.new_id()) $$, 'purchase.edit'),
    ($$ traveler.act_on_purchase_order('cancel', traveler.new_id()) $$, 'purchase.edit'),
    ($$ traveler.act_on_purchase_order('return', traveler.new_id()) $$, 'purchase.approve'),
    ($$ traveler.act_on_purchase_order('approve', traveler.new_id()) $$, 'purchase.approve'),
    ($$ traveler.act_on_purchase_order('order', traveler.new_id()) $$, 'purchase.order'),
    ($$ traveler.act_on_purchase_order('close', traveler.new_id()) $$, 'purchase.order'),
    ($$ traveler.link_outside_process(traveler.new_id(), null, '{}') $$, 'purchase.edit or run_step.update'),
    ($$ traveler.unlink_outside_process(traveler.new_id(), null) $$, 'purchase.edit or run_step.update'),
    ($$ traveler.send_outside(traveler.new_id(), null, '{}') $$, 'run_step.update'),
    ($$ traveler.receive_outside(traveler.new_id(), null, '{}') $$, 'purchase.receive'),
    ($$ traveler.short_outside(traveler.new_id(), null, '{}') $$, 'purchase.receive'),
    ($$ traveler.uninstall(traveler.new_id(), null, 'x') $$, 'inventory.install');
create table test.holder (permission text, actors text[]);
insert into test.holder values
    ('redline.create', '{admin,engineer}'), ('redline.approve', '{admin,engineer,quality}'), ('redline.create or run_step.reopen', '{admin,engineer,quality}'),
    ('run.split and run.create', '{admin,engineer}'), ('run.batch', '{admin,engineer,planner}'), ('run.split', '{admin,engineer,quality}'),
    ('purchase.edit', '{admin,engineer,storekeeper,planner}'), ('purchase.approve', '{admin,quality,planner}'), ('purchase.order', '{admin,planner}'),
    ('purchase.receive', '{admin,storekeeper}'), ('purchase.edit or run_step.update', '{admin,engineer,technician,quality,storekeeper,planner}'),
    ('org.manage', '{admin}'), ('part.edit', '{admin,engineer}'), ('location.edit', '{admin,engineer,storekeeper,planner}'), ('tool.edit', '{admin,engineer,quality,storekeeper}'),
    ('inventory.receive', '{admin,storekeeper}'), ('inventory.install', '{admin,technician,storekeeper}'),
    ('inventory.hold', '{admin,quality}'), ('inventory.scrap', '{admin,quality,storekeeper}'), ('inventory.reserve', '{admin,storekeeper,planner}'),
    ('procedure.edit', '{admin,engineer}'), ('procedure.release', '{admin,engineer}'), ('run.create', '{admin,engineer,planner}'),
    -- run.complete or run_step.update
    ('acknowledge', '{admin,engineer,technician,quality,planner}'),
    ('run.assign', '{admin,engineer,planner}'), ('run.schedule', '{admin,engineer,planner}'),
    ('run.complete', '{admin,quality,planner}'), ('run_step.update', '{admin,engineer,technician,quality}'),
    ('session.update', '{admin,planner}'), ('run_step.reopen', '{admin,quality}'), ('run.reopen', '{admin}'), ('run_step.correct', '{admin,quality}'), ('deviation.accept', '{admin,quality}'),
    ('issue.create', '{admin,engineer,technician,quality,storekeeper,planner}'), ('issue.update', '{admin,engineer,quality}'),
    ('issue.dispose', '{admin,engineer,quality}'), ('issue.approve', '{admin,engineer,quality}'), ('issue.resolve', '{admin,quality}'),
    ('requirement.except', '{admin,engineer,quality}');
grant select on test.act, test.holder to public;

create function test.permission_mistakes() returns table (actor text, act text, refusal text) language plpgsql as $$
declare
    r record;
begin
    for r in
        select p.name as actor, a.act, a.permission, p.name = any (h.actors) as may
        from unnest(array['admin', 'engineer', 'technician', 'quality', 'storekeeper', 'planner', 'viewer']) p (name)
        cross join test.act a join test.holder h on h.permission = a.permission
    loop
        perform test.enter(r.actor);
        actor := r.actor;
        act := r.act;
        refusal := test.refusal('select ' || r.act);
        if (refusal = 'TV403 T3 permission_missing') = r.may then
            return next;
        end if;
    end loop;
end
$$;
grant execute on all functions in schema test to public;

set session authorization traveler_service;
begin;
select is_empty($$ select f.signature from (
        select p.oid::regprocedure as signature, p.proname from pg_proc p
        where p.pronamespace = 'traveler'::regnamespace and p.provolatile = 'v' and p.prosecdef and has_function_privilege(p.oid, 'execute')
            -- a session's own user checks out without a permission, and who approves is a matter of roles: 45_labor.sql, 58_approvals.sql and 67_redline_approvals.sql have who may
            and p.proname not in ('confirm_password', 'decide_approval', 'decide_redline', 'create_approval_delegation', 'end_approval_delegation')
            and p.proname not in ('enter', 'sign_in', 'sign_out', 'claim_key', 'answer', 'record_refusal', 'check_out')) f
    where not exists (select from test.act a where a.act ~ ('traveler\.' || f.proname || '\(')) $$, 'the table of acts is complete');
select is_empty('select * from test.permission_mistakes()', 'every act is refused to each role without its permission, and to no other');
select test.enter('viewer');
select is(test.refusal_detail($$ select traveler.create_part('{}') $$, 'permission'), '"part.edit"', 'a refusal names the permission');
commit;

-- run.reopen is the admin's -----------------------------------------------------------------------------------------

reset session authorization;
set role traveler_owner;
begin;
select test.enter_owner();
select results_eq($$ select distinct r.name collate "C" from traveler.role r join traveler.role_permission p on p.org_id = r.org_id and p.role_id = r.id
    where p.permission = 'run.reopen' and p.revoked_at is null $$, $$ values ('admin' collate "C") $$, 'only admin holds run.reopen');
select test.refuses($$ insert into traveler.role_permission (org_id, role_id, permission)
    select r.org_id, r.id, 'run.reopen' from traveler.role r where r.name = 'quality' $$, 'TV409 T3 reopen_is_admins', 'no other built-in role is given it');
insert into traveler.role (org_id, name) values (test.org_id('acme'), 'deputy');
select test.refuses($$ insert into traveler.role_permission (org_id, role_id, permission)
    select r.org_id, r.id, 'run.reopen' from traveler.role r where r.name = 'deputy' $$, 'TV409 T3 reopen_is_admins', 'nor a role of the org''s own');
select test.refuses($$ insert into traveler.role_permission (org_id, role_id, permission)
    select r.org_id, r.id, 'run.anything' from traveler.role r where r.name = 'deputy' $$, '23503 role_permission_permission_fkey', 'a permission is one of the list');
insert into traveler.role_permission (org_id, role_id, permission)
select r.org_id, r.id, 'run.create' from traveler.role r where r.name = 'deputy';
select test.refuses($$ update traveler.role_permission p set permission = 'run.complete' from traveler.role r where r.id = p.role_id and r.name = 'deputy' $$,
    'TV409 Y1 identity_fixed', 'a grant is taken back, not rewritten');
select test.refuses($$ update traveler.org set slug = 'acme-2' $$, 'TV409 T4 slug_fixed', 'an org keeps its slug');
select test.refuses($$ update traveler.role set built_in = true where name = 'deputy' $$, 'TV409 Y1 identity_fixed', 'a role does not become built in');
select test.refuses($$ update traveler.role set name = 'chief' where name = 'admin' $$, 'TV409 Y1 identity_fixed', 'nor a built-in role another');
commit;
reset role;

-- Changes of roles take hold at once --------------------------------------------------------------------------------

set session authorization traveler_service;
begin;
select test.enter('admin');
select traveler.change_user(test.user_id('viewer'), null, '{"roles": ["planner", "technician"]}');
select test.enter('viewer');
select ok(traveler.has_permission('run.create') and traveler.has_permission('run_step.update'), 'who gets two roles holds what either holds');
select test.enter('admin');
select traveler.change_user(test.user_id('viewer'), null, '{"roles": []}');
select test.enter('viewer');
select ok(not traveler.has_permission('run.create'), 'and loses it with the role, in the same transaction');
select test.enter('admin');
select test.refuses($$ select traveler.change_user(test.user_id('viewer'), null, '{"roles": ["emperor"]}') $$, 'TV422 T3 role_unknown', 'a role is one of the org''s');
select test.refuses($$ select traveler.add_user('{"email": "new@acme.test", "name": "New", "role": "emperor"}') $$, 'TV422 T3 role_unknown', 'for a new user as well');
select test.refuses($$ select traveler.add_user('{"email": "ADMIN@acme.test", "name": "New", "role": "viewer"}') $$, '23505 user_account_email_key', 'an address is one user''s');
select test.refuses($$ select traveler.add_user('{"email": "nobody", "name": "New", "role": "viewer"}') $$, '23514 user_account_email_form', 'and looks like one');
select test.refuses($$ select traveler.add_user('{"email": "new@acme.test", "name": "New", "role": "viewer", "password": "short"}') $$,
    'TV422 T2 password_length', 'a password has twelve characters');
select test.refuses($$ select traveler.add_user(jsonb_build_object('email', 'new@acme.test', 'name', 'New', 'role', 'viewer', 'password', repeat('ä', 40))) $$,
    'TV422 T2 password_length', 'and no more bytes than bcrypt reads');
commit;

-- The last active admin ---------------------------------------------------------------------------------------------

begin;
select test.enter('admin');
select test.refuses($$ select traveler.change_user(test.user_id('admin'), null, '{"active": false}') $$, 'TV409 T3 last_admin', 'the last admin is not removed');
select test.refuses($$ select traveler.change_user(test.user_id('admin'), null, '{"roles": ["engineer"]}') $$, 'TV409 T3 last_admin', 'nor demoted');
select test.refuses($$ select traveler.change_user(test.user_id('admin'), null, '{"active": false, "roles": ["admin"]}') $$, 'TV409 T3 last_admin', 'nor both at once');
select traveler.change_user(test.user_id('quality'), null, '{"roles": ["quality", "admin"]}');
select lives_ok($$ select traveler.change_user(test.user_id('admin'), null, '{"roles": ["engineer"]}') $$, 'one of two admins is');
select test.enter('quality');
select traveler.change_user(test.user_id('admin'), null, '{"roles": ["admin"], "active": false}');
select test.refuses($$ select traveler.change_user(test.user_id('quality'), null, '{"roles": ["quality"]}') $$, 'TV409 T3 last_admin',
    'an admin who is no longer active does not count');
rollback;
reset session authorization;
set role traveler_owner;
begin;
select test.enter_owner();
select test.refuses($$ update traveler.user_account set active = false $$, 'TV409 T3 last_admin', 'the owner deactivates not everyone');
select test.refuses($$ update traveler.user_role set revoked_at = now() $$, 'TV409 T3 last_admin', 'nor takes all roles back');
select test.refuses($$ update traveler.user_role ur set role_id = (select r.id from traveler.role r where r.name = 'viewer') where user_id = test.user_id('admin') $$,
    'TV409 Y1 identity_fixed', 'nor turns the admin''s role into another');
select test.refuses($$ update traveler.user_role set user_id = test.user_id('viewer') where user_id = test.user_id('admin') $$,
    'TV409 Y1 identity_fixed', 'nor gives it to someone else');
rollback;

-- A permission that came with an upgrade reaches the orgs that were there before it ------------------------------------

reset role;
begin;
select test.enter_owner();
update traveler.role_permission p set revoked_at = now() from traveler.role r where r.id = p.role_id and r.name = 'planner' and p.permission = 'run.create' and p.org_id = test.org_id('acme');
drop trigger _010_refuse_delete on traveler.role_permission;
delete from traveler.role_permission where permission = 'run.assign' and org_id = test.org_id('acme');
select test.enter_owner('bolt');
delete from traveler.role_permission where permission = 'run.assign' and org_id = test.org_id('bolt');
select traveler_private.spread_permissions();
select is(current_setting('traveler.context'), '', 'it leaves no context behind');
select test.enter_owner();
select is((select string_agg(o.slug || ' ' || r.name, ', ' order by o.slug, r.name) from traveler.role_permission p join traveler.role r on r.id = p.role_id join traveler.org o on o.org_id = p.org_id
    where p.permission = 'run.assign' and p.revoked_at is null), 'acme admin, acme engineer, acme planner, bolt admin, bolt engineer, bolt planner', 'in every org');
select is((select count(*) filter (where p.revoked_at is null) || ' ' || count(*) from traveler.role_permission p join traveler.role r on r.id = p.role_id
    where p.org_id = test.org_id('acme') and r.name = 'planner' and p.permission = 'run.create'), '0 1', 'and what an org took away stays away');
rollback;

-- T4: nothing is deleted --------------------------------------------------------------------------------------------

reset role;
create function test.deletions(p_command text) returns table (name text, refusal text) language plpgsql as $$
begin
    for name in
        select c.relname from pg_class c where c.relnamespace = 'traveler'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
            and c.relname not in ('permission', 'step_transition', 'issue_transition', 'purchase_order_line_transition', 'unit', 'org_counter', 'idempotency_key', 'refusal')
            and c.relname not in ('permission', 'step_transition', 'unit', 'org_counter', 'idempotency_key', 'refusal',
                -- what is declared and not finished may go: 48_attachments.sql
                'attachment_upload', 'attachment_part')
    loop
        refusal := test.refusal(format(p_command, name));
        return next;
    end loop;
end
$$;
begin;
select test.enter_owner();
select results_eq($$ select d.name collate "C" from test.deletions('delete from traveler.%I') d where d.refusal not like 'TV409 T4 record_kept'
        and d.name not in ('transaction_history', 'history_seal') order by 1 $$,
    $$ select unnest(array['mbom_line', 'mbom_substitute', 'procedure_approval', 'procedure_field', 'procedure_requirement', 'procedure_step', 'procedure_step_edge']) collate "C" $$,
    'the superuser deletes from no table but those of drafts');
select results_eq($$ select distinct d.refusal collate "C" from test.deletions('truncate traveler.%I cascade') d order by 1 $$,
    $$ values ('TV409 T4 record_kept' collate "C"), ('TV409 Y2 append_only') $$, 'and empties none');
rollback;
set session_replication_role = replica;
begin;
select test.enter_owner();
select results_eq($$ select d.name collate "C" from test.deletions('delete from traveler.%I') d where d.refusal not like 'TV409 T4 record_kept'
        and d.name not in ('transaction_history', 'history_seal') order by 1 $$,
    $$ select unnest(array['mbom_line', 'mbom_substitute', 'procedure_approval', 'procedure_field', 'procedure_requirement', 'procedure_step', 'procedure_step_edge']) collate "C" $$,
    'not even as a replica, where other triggers sleep');
rollback;
reset session_replication_role;
select test.whole();
select * from finish();
