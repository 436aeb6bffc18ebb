-- K3, K4: a file that is attached to a step is attached to all its siblings, and archived in all; each run keeps its own.
\ir support/world.psql
select plan(23);

create function test.upload(p_owner text, p_id uuid, p_name text) returns uuid language plpgsql as $$
declare
    v_id uuid := (traveler.declare_attachment(jsonb_build_object(p_owner, p_id, 'file_name', p_name, 'content_type', 'text/plain', 'byte_size', 5)) ->> 'id')::uuid;
begin
    perform traveler.write_attachment_part(v_id, 1, null, 'hello');
    return v_id;
end
$$;
create function test.attach(p_run text, p_title text, p_name text, p_siblings text default null) returns uuid language sql as $$
    select (traveler.finish_attachment(test.upload('run_step_id', test.step(test.the(p_run), p_title), p_name), jsonb_build_object('siblings', p_siblings)) ->> 'id')::uuid
$$;
create function test.attached(p_title text) returns text language sql stable as $$
    select string_agg(coalesce(x.names, '-'), ' ' order by r.number)
    from traveler.run_step s join traveler.run r on r.id = s.run_id
    cross join lateral (select string_agg(a.file_name, '+' order by a.file_name) as names from traveler.attachment a where a.run_step_id = s.id and a.archived_at is null) x
    where s.title = p_title
$$;
create function test.of(p_run text, p_name text) returns uuid language sql stable as $$ select a.id from traveler.attachment a where a.run_id = test.the(p_run) and a.file_name = p_name $$;
create function test.in_batch() returns text language sql stable as $$
    select string_agg(r.number::text, ' ' order by r.number) from traveler.batch_run b join traveler.run r on r.id = b.run_id where b.left_at is null
$$;
create function test.copy(p_original uuid, p_run text, p_title text) returns void language sql as $$
    insert into traveler.attachment (org_id, id, run_id, run_step_id, original_id, file_name, content_type, byte_size, digest, uploaded_by)
    select s.org_id, traveler.new_id(), s.run_id, s.id, p_original, 'mine', 'text/plain', 1, sha256('x'), 'x' from traveler.run_step s where s.id = test.step(test.the(p_run), p_title)
$$;
grant execute on all functions in schema test to public;

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('procedure', test.released('Build', test.part('P', 'serial'), '[{"key": "a", "title": "A", "fields": [{"name": "photo", "type": "file", "required": false}]}, {"title": "B"}]'));
select test.keep('batch', (traveler.create_batch(jsonb_build_object('procedure_id', test.the('procedure'),
    'runs', '[{"serial_numbers": ["1"]}, {"serial_numbers": ["2"]}, {"serial_numbers": ["3"]}]'::jsonb)) ->> 'id')::uuid);
select test.keep('r' || r.number, r.id) from traveler.run r;
select test.keep('one', test.attach('r2', 'A', 'one'));
select is(test.attached('A'), 'one one one', 'K3: attached to one sibling, a file is attached to all');
select is((select count(*) || ' of ' || count(distinct a.digest) || ', ' || count(distinct a.original_id) from traveler.attachment a), '3 of 1, 1', 'each has an attachment, of one upload');
select is((select string_agg(convert_from(traveler.attachment_content(a.id, 1), 'UTF8'), ' ') from traveler.attachment a), 'hello hello hello', 'and is read in each');
select test.attach('r1', 'A', 'two');
select traveler.archive_attachment(test.of('r3', 'one'), null);
select is(test.attached('A'), 'two two two', 'archived in one, it is in all, whichever was uploaded');
select test.refuses($$ select traveler.archive_attachment(test.of('r1', 'one'), null) $$, 'TV409 T4 attachment_archived', 'once');
select traveler.finish_attachment(test.upload('run_id', test.the('r1'), 'whole'), '{}');
select is((select count(*) from traveler.attachment a where a.file_name = 'whole'), 1::bigint, 'a file of a run is its own');
select test.start(test.step(test.the('r1'), 'A'));
select test.keep('photo', (traveler.finish_attachment(test.upload('run_step_field_id', test.field(test.the('r1'), 'photo'), 'photo'), '{}') ->> 'id')::uuid);
select is((select count(*) from traveler.attachment a where a.file_name = 'photo'), 1::bigint, 'and so is one of a field, whose value is the run''s own');
select test.refuses($$ select test.attach('r1', 'A', 'x', 'some') $$, 'TV422 K3 siblings_unknown', 'all, able or none');
commit;
reset session authorization;
set role traveler_owner;
begin;
select test.enter_owner();
select test.refuses(s.statement, s.refusal, 'the owner by SQL: ' || s.what) from (values
    ('one archived alone', $$ update traveler.attachment set archived_at = now() where id = test.of('r2', 'two') $$, 'TV409 K3 sibling_left'),
    ('two of three', $$ update traveler.attachment set archived_at = now() where file_name = 'two' and run_id <> test.the('r2') $$, 'TV409 K3 sibling_left'),
    ('a file of no sibling', $$ select test.copy(test.of('r1', 'two'), 'r2', 'B') $$, 'TV409 K3 not_a_sibling'),
    ('a copy of a copy', $$ select test.copy(test.of('r2', 'two'), 'r3', 'A') $$, 'TV409 K3 not_a_sibling'),
    ('of an archived one', $$ select test.copy(test.the('one'), 'r3', 'A') $$, 'TV409 K3 not_a_sibling'),
    ('of a field''s', $$ select test.copy(test.the('photo'), 'r3', 'A') $$, 'TV409 K3 not_a_sibling'),
    ('attached twice', $$ select test.copy(test.of('r1', 'two'), 'r3', 'A') $$, 'TV409 K3 attached_already'),
    ('another original', $$ update traveler.attachment set original_id = null where original_id is not null $$, 'TV409 T4 attachment_fixed')) s (what, statement, refusal);
rollback;
begin;
select test.enter('admin');
select test.keep('alone', test.upload('run_step_id', test.step(test.the('r1'), 'A'), 'alone'));
select test.refuses($$ insert into traveler.attachment (org_id, id, run_id, run_step_id, file_name, content_type, byte_size, digest, uploaded_by)
    select s.org_id, test.the('alone'), s.run_id, s.id, 'x', 'text/plain', 1, sha256('x'), 'x' from traveler.run_step s where s.id = test.step(test.the('r1'), 'A') $$, 'TV409 K3 sibling_left', 'nor is one attached alone');
rollback;
reset role;
set session authorization traveler_service;
begin;
select test.enter('admin');
select test.attach('r2', 'B', 'mine', 'none');
select is(test.attached('B') || ' | ' || test.in_batch(), '- mine - | 1 3', 'K4: attached alone, the run leaves');
select is(test.attached('A') ~ 'two.* two two', true, 'with the files that it has');
select traveler.archive_attachment(test.of('r1', 'two'), null);
select is(test.attached('A'), 'photo two -', 'what the others do is theirs');
select traveler.join_batch(test.the('batch'), null, jsonb_build_object('run_ids', jsonb_build_array(test.the('r2'))));
select test.attach('r3', 'B', 'all');
select is(test.attached('B'), 'all all+mine all', 'and it takes part in later changes');
select traveler.archive_attachment(test.of('r2', 'mine'), null);
select is(test.attached('B'), 'all all all', 'what it came with is its own to archive');
commit;
reset session authorization;
select test.whole();
select * from finish();
