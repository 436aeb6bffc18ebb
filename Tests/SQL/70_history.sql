-- Y1: every change is one entry, with who, when, why and what. Y2: nobody changes or removes one.
\ir support/world.psql
select plan(37);

-- Some work, by different people and doors ---------------------------------------------------------------------------

set session authorization traveler_service;
begin;
select test.enter('admin', 'req-1');
select test.keep('part', test.part('P', 'serial')), test.keep('screw', test.part('SCREW')), test.keep('bolt', test.part('BOLT')), test.keep('place', test.location('L'));
select test.keep('mbom', test.mbom(test.the('part'), test.line(test.the('screw'), '2', jsonb_build_object('substitute_part_ids', jsonb_build_array(test.the('bolt'))))));
select test.keep('stock', test.receive(test.the('screw'), '10'));
select test.keep('procedure', test.draft('Build', test.the('part'), '[{"key": "a", "title": "A", "fields": [{"name": "N", "type": "number"}]}, {"title": "B", "after": ["a"]}]'));
select traveler.replace_procedure(test.the('procedure'), null, jsonb_build_object('title', 'Build it', 'part_id', test.the('part'),
    'steps', '[{"key": "a", "title": "A", "fields": [{"name": "N", "type": "number"}]}, {"title": "B", "after": ["a"]}]'::jsonb
        || jsonb_build_array(jsonb_build_object('title', 'C', 'required', false, 'approvals', '[{"role": "quality"}]'::jsonb, 'requirements', jsonb_build_array(test.line(test.the('bolt'), '1'))))));
select traveler.move_procedure(test.the('procedure'), null, 'released');
select test.keep('run', test.run(test.the('procedure'), '{"serial_numbers": ["1"]}')), test.keep('run 2', test.run(test.the('procedure'), '{"serial_numbers": ["2"]}'));
commit;
begin;
select test.enter('technician', 'req-2');
select test.start(test.step(test.the('run'), 'A'));
select test.value(test.field(test.the('run'), 'N'), '"1"');
select test.keep('installation', test.install(test.need(test.the('run'), test.the('screw')), test.the('stock'), '1'));
commit;
begin;
select test.enter('technician', 'req-3');
select traveler.uninstall(test.the('installation'), null, 'bent — "quoted"');
commit;
begin;
select test.enter('technician', 'req-4');
select test.install(test.need(test.the('run'), test.the('screw')), test.the('stock'));
select test.complete(test.step(test.the('run'), 'A'));
select test.work(test.step(test.the('run'), 'B'));
commit;
begin;
select test.enter('technician', 'rolled back');
select test.start(test.step(test.the('run 2'), 'A'));
rollback;
reset session authorization;

-- Every record's entries are its versions: the first made it, each after it changed it once, none is missing, none is double.
create function test.entry_mistakes() returns table (name text, id uuid, what text) language plpgsql as $$
declare
    r record;
begin
    for r in select * from traveler_private.history_table loop
        return query execute format($q$
            select %1$L::text, x.%2$I, format('version %%s, entries %%s', x.version, h.versions)
            from traveler.%1$I x
            left join lateral (
                select array_agg((h.payload::jsonb -> 'after' ->> 'version')::integer order by h.seq) as versions,
                    array_agg(h.operation order by h.seq) as operations
                from traveler.transaction_history h where h.org_id = x.org_id and h.table_name = %1$L and h.row_id = x.%2$I) h on true
            where h.versions is distinct from array(select generate_series(1, x.version))
                or h.operations is distinct from array(select case n when 1 then 'insert' else 'update' end from generate_series(1, x.version) n)
        $q$, r.table_name, r.id_column);
    end loop;
end
$$;
begin;
select test.enter_owner();
select is_empty('select * from test.entry_mistakes()', 'every record has exactly one entry for each of its versions');
select cmp_ok((select count(distinct h.table_name) from traveler.transaction_history h), '>=', 24::bigint, 'across nearly all the tables there are');
select is((select string_agg(h.table_name, ' ' order by h.table_name) from traveler.transaction_history h where h.operation = 'delete'),
    'procedure_field procedure_step procedure_step procedure_step_edge', 'what a draft lost is in it too');
select is((select count(*) from traveler.transaction_history h where h.request_id = 'rolled back'), 0::bigint, 'what was rolled back is not');

-- What an entry says.
select results_eq($$ select h.actor, h.via, h.db_role, h.request_id, h.reason, h.operation, h.root_table, h.root_id from traveler.transaction_history h
        where h.row_id = test.the('installation') order by h.seq $$,
    $$ values ('user:' || test.user_id('technician'), 'service', 'traveler_service', 'req-2', null, 'insert', 'run', test.the('run')),
        ('user:' || test.user_id('technician'), 'service', 'traveler_service', 'req-3', 'bent — "quoted"', 'update', 'run', test.the('run')) $$,
    'who, by which door, with which request and for what reason');
select is((select jsonb_object_agg(k, true) from traveler.transaction_history h, jsonb_object_keys(h.payload::jsonb) k where h.row_id = test.the('installation') and h.operation = 'update'),
    '{"v": true, "at": true, "via": true, "role": true, "root": true, "actor": true, "after": true, "table": true, "before": true, "reason": true, "operation": true, "request_id": true, "transaction": true}',
    'all of it in the payload, which is what is hashed');
select results_eq($$ select h.payload::jsonb #>> '{before,removal_reason}', h.payload::jsonb #>> '{after,removal_reason}' from traveler.transaction_history h
        where h.row_id = test.the('installation') and h.operation = 'update' $$, $$ values (null::text, 'bent — "quoted"') $$, 'with the record before and after');
select ok((select bool_and(h.at between now() - interval '1 minute' and clock_timestamp()) from traveler.transaction_history h), 'and when');
select is((select count(distinct h.transaction_id) from traveler.transaction_history h where h.request_id = 'req-2'), 1::bigint, 'what one transaction did is known by its number');
select is_empty($$ select h.seq from traveler.transaction_history h where h.table_name = 'run' and h.operation = 'update'
        and (h.payload::jsonb -> 'after') - array['started_at', 'completed_at', 'completed_by', 'completion_number', 'version']
            is distinct from (h.payload::jsonb -> 'before') - array['started_at', 'completed_at', 'completed_by', 'completion_number', 'version'] $$,
    'counters are no record');
select is((select string_agg(h.operation, ' ' order by h.seq) from traveler.transaction_history h where h.table_name = 'run' and h.row_id = test.the('run')), 'insert update update',
    'a run changes when it starts and when it completes, not with each step');
select is((select count(*) from traveler.transaction_history h where h.table_name = 'credential' and h.payload ~ 'digest'), 0::bigint, 'no secret''s digest is in it');
select is_empty($$ select h.root_id, count(*), max(h.seq) from traveler.transaction_history h group by h.org_id, h.root_id having count(*) <> max(h.seq) or min(h.seq) <> 1 $$, 'each chain counts from one without gaps');
commit;

-- Whoever changes something, in whatever way ---------------------------------------------------------------------------

set session authorization traveler_migrator;
begin;
select test.enter_owner();
set local timezone = 'Pacific/Chatham';
set local datestyle = 'SQL, DMY';
set local intervalstyle = 'postgres_verbose';
set local bytea_output = 'escape';
set local extra_float_digits = 0;
update traveler.part set name = name || '!';
update traveler.part set name = name;
commit;
reset session authorization;
select results_eq($$ select h.actor, h.via, h.db_role, count(*) from traveler.transaction_history h where h.db_role = 'traveler_migrator' group by 1, 2, 3 $$,
    $$ values ('system:story', 'system', 'traveler_migrator'::text, 3::bigint) $$, 'psql is named as itself; what changes nothing is no entry');
select is_empty('select * from traveler.history_violations', 'a session''s settings do not change what is written, or how it is checked');
set session_replication_role = replica;
begin;
select test.denied($$ update traveler.part set name = 'Hidden' $$, 'a superuser without a context changes nothing, not even as a replica', 'TV401');
select test.enter_owner();
update traveler.part set name = 'Seen' where id = test.the('part');
select is((select h.payload::jsonb #>> '{after,name}' from traveler.transaction_history h where h.row_id = test.the('part') order by h.seq desc limit 1), 'Seen', 'and with one it is in the history');
insert into traveler.location (org_id, name) values (test.org_id('acme'), 'Hidden');
select is((select h.operation from traveler.transaction_history h where h.payload::jsonb #>> '{after,name}' = 'Hidden'), 'insert', 'as is what is added');
delete from traveler.mbom_line where mbom_id = test.the('mbom');
select is((select h.payload::jsonb #>> '{before,part_id}' from traveler.transaction_history h where h.operation = 'delete' and h.table_name = 'mbom_line'), test.the('screw')::text, 'and what is deleted, as it was');
rollback;
reset session_replication_role;
-- Every table there is, one row each, with only what is ENABLE ALWAYS awake.
create function test.touch_everything() returns table (name text, entries bigint) language plpgsql as $$
declare
    r record;
begin
    for r in select * from traveler_private.history_table t where t.table_name not in ('inventory_movement', 'as_built_record', 'run_reopening', 'signature', 'approval', 'redline_approval', 'redline_merge', 'deviation', 'signature_failure', 'completion_acknowledgment', 'disposition_type_role', 'issue_approval', 'issue_comment', 'run_split_step', 'installation_resolution', 'outside_shipment') order by 1 loop
        execute format('update traveler.%1$I set created_at = created_at - interval ''1 day'' where (org_id, %2$I) = (
            select x.org_id, x.%2$I from traveler.%1$I x where x.org_id = test.org_id(''acme'') order by x.created_at limit 1)', r.table_name, r.id_column);
        name := r.table_name;
        select count(*) into entries from traveler.transaction_history h
        where h.table_name = r.table_name and h.operation = 'update' and h.transaction_id = pg_current_xact_id()
            and (h.payload::jsonb #>> '{after,version}')::integer = (h.payload::jsonb #>> '{before,version}')::integer + 1;
        return next;
    end loop;
end
$$;
begin;
select test.enter_owner();
insert into traveler.reason (org_id, act, label) values (test.org_id('acme'), 'hold', 'No material');
insert into traveler.issue (org_id, number, title, created_by) values (test.org_id('acme'), 1, 'Torn', 'system:story');
insert into traveler.team (org_id, name) values (test.org_id('acme'), 'Night');
insert into traveler.team_member (org_id, team_id, user_id) select t.org_id, t.id, test.user_id('peer') from traveler.team t;
insert into traveler.assignment (org_id, run_id, user_id, assigned_by) values (test.org_id('acme'), test.the('run 2'), test.user_id('peer'), 'x');
insert into traveler.tool (org_id, number, name) values (test.org_id('acme'), 'W', 'Wrench');
insert into traveler.issue_comment (org_id, issue_id, body, created_by) select i.org_id, i.id, 'Again.', 'x' from traveler.issue i;
insert into traveler.build_requirement_exception (org_id, run_id, build_requirement_id, issue_id, quantity, reason, created_by)
select q.org_id, q.run_id, q.id, i.id, 1, 'None left.', 'x' from traveler.build_requirement q, traveler.issue i where q.id = test.need(test.the('run 2'), test.the('screw'));
insert into traveler.attachment_upload (org_id, id, run_id, file_name, content_type, byte_size, created_by)
values (test.org_id('acme'), test.the('run 2'), test.the('run 2'), 'a.txt', 'text/plain', 1, 'x');
insert into traveler.attachment_part (org_id, upload_id, number, digest, bytes) values (test.org_id('acme'), test.the('run 2'), 1, sha256('x'), 'x');
insert into traveler.attachment (org_id, id, run_id, file_name, content_type, byte_size, digest, uploaded_by)
values (test.org_id('acme'), test.the('run 2'), test.the('run 2'), 'a.txt', 'text/plain', 1, sha256('x'), 'x');
insert into traveler.labor_rate (org_id, role_id, hourly_rate, valid_from, created_by)
select r.org_id, r.id, 50, '2026-01-01', 'system:story' from traveler.role r where r.org_id = test.org_id('acme') and r.name = 'technician';
set local session_replication_role = replica;
with made as (insert into traveler.batch (org_id, number, title, created_by) values (test.org_id('acme'), 1, 'x', 'x') returning id)
select test.keep('batch', m.id) from made m;
insert into traveler.batch_run (org_id, batch_id, run_id, joined_by) values (test.org_id('acme'), test.the('batch'), test.the('run 2'), 'x');
insert into traveler.run_supply (org_id, run_id, build_requirement_id, supplying_run_id, quantity, created_by)
select q.org_id, q.run_id, q.id, test.the('run'), 1, 'x' from traveler.build_requirement q where q.id = test.need(test.the('run 2'), test.the('screw'));
insert into traveler.run_split (org_id, id, run_id, number, issue_id, quantity, created_by) select i.org_id, test.the('run 2'), test.the('run 2'), 1, i.id, 1, 'x' from traveler.issue i;
insert into traveler.run_split_step (org_id, run_id, run_split_id, run_step_id, attempt, completed_at)
select s.org_id, s.run_id, s.run_id, s.id, 1, now() from traveler.run_step s where s.run_id = test.the('run 2') limit 1;
insert into traveler.installation_share (org_id, run_id, installation_id, build_requirement_id) select n.org_id, n.run_id, n.id, n.build_requirement_id from traveler.installation n limit 1;
insert into traveler.installation_resolution (org_id, run_id, installation_id, build_requirement_id, quantity, resolved_by)
select n.org_id, n.run_id, n.id, n.build_requirement_id, 1, 'x' from traveler.installation n limit 1;
select test.keep('supplier', traveler.new_id()), test.keep('order', traveler.new_id());
insert into traveler.attribute_definition (org_id, record, key, label, type) values (test.org_id('acme'), 'run', 'k', 'K', 'text');
insert into traveler.work_calendar (org_id, name, time_zone, shifts) values (test.org_id('acme'), 'Day', 'UTC', '[{"weekday": 1, "start": "08:00", "end": "16:00"}]');
insert into traveler.supplier (org_id, id, code, name, location_id) select l.org_id, test.the('supplier'), 'S', 'S', l.id from traveler.location l where l.org_id = test.org_id('acme') limit 1;
insert into traveler.purchase_order (org_id, id, number, supplier_id, created_by) values (test.org_id('acme'), test.the('order'), 1, test.the('supplier'), 'x');
insert into traveler.purchase_order_line (org_id, id, purchase_order_id, position, description, operation, quantity, unit_price, currency)
values (test.org_id('acme'), test.the('order'), test.the('order'), 1, 'x', 'x', 1, 1, 'EUR');
insert into traveler.outside_process (org_id, id, run_id, run_step_id, attempt, purchase_order_line_id, created_by)
select s.org_id, s.run_id, s.run_id, s.id, 1, test.the('order'), 'x' from traveler.run_step s where s.run_id = test.the('run 2') limit 1;
insert into traveler.outside_shipment (org_id, run_id, outside_process_id, kind, quantity, created_by) values (test.org_id('acme'), test.the('run 2'), test.the('run 2'), 'send', 1, 'x');
insert into traveler.completion_acknowledgment (org_id, run_id, record_number, kind, subject_id, stands, what, acknowledged_by)
values (test.org_id('acme'), test.the('run'), 1, 'x', test.the('run'), '1', 'x', 'x');
insert into traveler.approval_delegation (org_id, from_user_id, to_user_id, role_id, valid_to, reason)
select u.org_id, u.user_id, test.user_id('viewer'), u.role_id, now() + interval '1 day', 'x' from traveler.user_role u where u.user_id = test.user_id('quality');
insert into traveler.signature_failure (org_id, user_id) values (test.org_id('acme'), test.user_id('viewer'));
insert into traveler.approval (org_id, run_id, run_step_id, requirement_id, attempt, decision, user_id, principal_id)
select q.org_id, q.run_id, q.run_step_id, q.id, 1, 'approved', u, u from traveler.run_step_approval_requirement q, test.user_id('quality') u where q.run_id = test.the('run');
insert into traveler.deviation (org_id, run_id, run_step_id, run_step_field_id, attempt, value, rationale, accepted_by)
select f.org_id, f.run_id, f.run_step_id, f.id, 1, '1', 'x', 'x' from traveler.run_step_field f where f.run_id = test.the('run');
insert into traveler.redline (org_id, run_id, run_step_id, number, reason, author, came_from, before)
select s.org_id, s.run_id, s.id, 1, 'x', 'x', 'todo', '{}' from traveler.run_step s where s.run_id = test.the('run 2') and s.title = 'A';
insert into traveler.redline_approval_policy (org_id, role_id) select r.org_id, r.id from traveler.role r where r.org_id = test.org_id('acme') and r.name = 'quality';
insert into traveler.redline_approval (org_id, run_id, redline_id, role_id, decision, user_id, principal_id, content_digest)
select d.org_id, d.run_id, d.id, q.role_id, 'approved', u, u, sha256('x') from traveler.redline d, traveler.redline_approval_policy q, test.user_id('quality') u where d.run_id = test.the('run 2');
insert into traveler.redline_merge (org_id, run_id, redline_id, procedure_id, merged_by) select d.org_id, d.run_id, d.id, r.procedure_id, 'x' from traveler.redline d join traveler.run r on r.id = d.run_id;
insert into traveler.run_reopening (org_id, run_id, record_number, reason, reopened_by) values (test.org_id('acme'), test.the('run'), 1, 'x', 'x');
insert into traveler.carried_installation (org_id, run_id, build_requirement_id, installation_id, quantity)
select q.org_id, q.run_id, q.id, test.the('installation'), 1 from traveler.build_requirement q where q.id = test.need(test.the('run 2'), test.the('screw'));
insert into traveler.issue_inventory (org_id, issue_id, part_inventory_id) select i.org_id, i.id, test.the('stock') from traveler.issue i;
insert into traveler.issue_approval (org_id, issue_id, disposition_number, role_id, approved_by)
select i.org_id, i.id, 1, a.role_id, 'x' from traveler.issue i, traveler.disposition_type_role a where a.org_id = i.org_id limit 1;
select is_empty($$ select * from test.touch_everything() where entries <> 1 $$, 'a change of any table''s row counts its version and is one entry');
select is_empty($$ select t.table_name, test.refusal(format('update traveler.%I set created_at = created_at', t.table_name)) from traveler_private.history_table t
    where t.table_name in ('inventory_movement', 'as_built_record', 'run_reopening', 'signature', 'approval', 'redline_approval', 'redline_merge', 'deviation', 'signature_failure', 'completion_acknowledgment', 'disposition_type_role', 'issue_approval', 'issue_comment', 'run_split_step', 'installation_resolution', 'outside_shipment') and test.refusal(format('update traveler.%I set created_at = created_at', t.table_name)) !~ 'append_only' $$,
    'but for those that are append only');
rollback;
-- Many rows of many roots in one statement.
begin;
select test.enter_owner();
update traveler.user_account set name = name || ' II' where org_id = test.org_id('acme');
select is((select count(*) || ' of ' || count(distinct h.root_id) from traveler.transaction_history h where h.payload::jsonb #>> '{after,name}' ~ ' II$'), '8 of 8', 'a statement over many records writes each into its own chain');
select is_empty('select * from test.entry_mistakes()', 'and still every version has its entry');
commit;

-- Y2: append only ------------------------------------------------------------------------------------------------------

create function test.history_attacks() returns table (attack text, refusal text) language plpgsql as $$
begin
    for attack in
        select format(a, t.name) from unnest(array['update %s set reason = ''x''', 'delete from %s', 'truncate %s']) a
        cross join (select 'traveler.transaction_history' as name union all
            select i.inhrelid::regclass::text from pg_inherits i where i.inhparent = 'traveler.transaction_history'::regclass) t
    loop
        refusal := test.refusal(attack);
        return next;
    end loop;
end
$$;
-- In each partition that there is, with a row to attack.
begin;
select test.enter_owner();
insert into traveler.transaction_history (org_id, root_id, seq, at, root_table, table_name, row_id, operation, transaction_id, actor, via, db_role, payload, digest)
select test.org_id('acme'), test.the('part'), 1000 + m, date_trunc('month', now()) + make_interval(months => m), 'part', 'part', test.the('part'), 'update', '1', 'x', 'x', 'x', '{}', sha256('x')
from generate_series(1, 20) m;
select cmp_ok((select count(*) from test.history_attacks()), '>=', 45::bigint, 'each partition is attacked in three ways');
select is_empty($$ select * from test.history_attacks() where refusal <> 'TV409 Y2 append_only' $$, 'and refuses every one');
set local session_replication_role = replica;
select is_empty($$ select * from test.history_attacks() where refusal <> 'TV409 Y2 append_only' $$, 'and as a replica');
rollback;
set session authorization traveler_migrator;
begin;
select test.enter_owner();
select is_empty($$ select * from test.history_attacks() where refusal not in ('TV409 Y2 append_only', 'went through') $$, 'the migrator, above the policies, is refused as well');
select test.refuses('delete from traveler.transaction_history', 'TV409 Y2 append_only', 'of what there is');
set local role traveler_owner;
select test.refuses('delete from traveler.transaction_history', 'TV409 Y2 append_only', 'the owner');
select test.refuses('update traveler.transaction_history set digest = digest', 'TV409 Y2 append_only', 'in whatever way');
select test.refuses('truncate traveler.transaction_history cascade', 'TV409 Y2 append_only', 'all at once');
rollback;
set session authorization traveler_service;
begin;
select test.enter('admin');
select test.denied('update traveler.transaction_history set reason = null', 'the service has no right to');
select test.denied('delete from traveler.transaction_history', 'nor to delete');
select test.denied('truncate traveler.transaction_history', 'nor to empty');
select test.denied($$ insert into traveler.transaction_history (org_id) values (traveler.current_org()) $$, 'nor to add what did not happen');
commit;
reset session authorization;
begin;
select test.enter_owner();
select test.refuses('drop table traveler.transaction_history_default', '42501 the history is append-only: traveler.transaction_history_default can not be dropped', 'no partition is dropped');
commit;
select test.whole();
select * from finish();
