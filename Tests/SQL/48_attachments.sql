-- P3, P4: files are declared, come in parts, are whole or nothing, of the type that they say, and never change. T4, C5: nor go.
\ir support/world.psql
select plan(101);

create function test.declare(p_owner text, p_id uuid, p_type text default 'text/plain', p_size bigint default 5, p_name text default 'a.txt') returns uuid language sql as $$
    select (traveler.declare_attachment(jsonb_build_object(p_owner, p_id, 'file_name', p_name, 'content_type', p_type, 'byte_size', p_size)) ->> 'id')::uuid
$$;
create function test.send(p_upload uuid, p_bytes bytea, p_number integer default 1) returns jsonb language sql as $$
    select traveler.write_attachment_part(p_upload, p_number, null, p_bytes)
$$;
create function test.attach(p_owner text, p_id uuid, p_bytes bytea default 'hello', p_name text default 'a.txt') returns uuid language plpgsql as $$
declare
    v_id uuid := test.declare(p_owner, p_id, 'text/plain', octet_length(p_bytes), p_name);
begin
    perform test.send(v_id, p_bytes);
    return (traveler.finish_attachment(v_id, '{}') ->> 'id')::uuid;
end
$$;
grant execute on all functions in schema test to public;

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('part', test.part('P', 'serial'));
select test.keep('procedure', test.released('Build', test.the('part'), '[{"title": "A", "fields": [{"name": "photo", "type": "file", "allow_not_applicable": true}, {"name": "text", "type": "text", "required": false}]},
    {"title": "B", "fields": [{"name": "other", "type": "file", "required": false}]}]'));
select test.keep('run', test.run(test.the('procedure'), '{"serial_numbers": ["1"]}'));
select test.keep(f.name, f.id) from traveler.run_step_field f where f.run_id = test.the('run');
select test.keep(s.title, s.id) from traveler.run_step s where s.run_id = test.the('run');
select test.start(test.the('A')), test.start(test.the('B'));
commit;

-- Declaring ---------------------------------------------------------------------------------------------------------

begin;
select test.enter('technician');
select test.refuses(format($$ select test.declare(%L, %L, %L, %s, %L) $$, owner, id, type, size, name), refusal, what) from (values
    ('run_id', test.the('run'), 'text/plain', 5, 'a.txt', 'went through', 'a file of a run'), ('run_step_id', test.the('A'), 'text/plain', 5, 'a.txt', 'went through', 'of a step'),
    ('run_step_field_id', test.the('photo'), 'text/plain', 5, 'Prüfung 1.txt', 'went through', 'of a file field'), ('run_step_field_id', test.the('text'), 'text/plain', 5, 'a', 'TV422 P4 field_takes_no_file', 'not of another field'),
    ('run_step_field_id', test.the('part'), 'text/plain', 5, 'a', 'TV404 T1 field_unknown', 'nor of none'), ('run_step_id', test.the('part'), 'text/plain', 5, 'a', 'TV404 T1 step_unknown', 'of no other step'),
    ('run_id', test.the('part'), 'text/plain', 5, 'a', 'TV404 T1 run_unknown', 'of no other run'), ('nothing', test.the('run'), 'text/plain', 5, 'a', 'TV422 P4 attachment_owner', 'it belongs to something'),
    ('run_id', test.the('run'), 'text/html', 5, 'a', 'TV422 P4 content_type_refused', 'nothing that a browser runs'), ('run_id', test.the('run'), 'image/svg+xml', 5, 'a', 'TV422 P4 content_type_refused', 'in whatever guise'),
    ('run_id', test.the('run'), 'IMAGE/PNG', 5, 'a', 'went through', 'types are told apart without case'), ('run_id', test.the('run'), 'text/plain', 0, 'a', '23514 attachment_upload_byte_size', 'not empty'),
    ('run_id', test.the('run'), 'text/plain', 104857600, 'a', 'went through', 'as large as the org takes'), ('run_id', test.the('run'), 'text/plain', 104857601, 'a', 'TV413 P4 attachment_too_large', 'and no byte more'),
    ('run_id', test.the('run'), 'text/plain', 3221225472, 'a', 'TV413 P4 attachment_too_large', '3 GB are refused before the first byte'), ('run_id', test.the('run'), 'text/plain', 5, '../../etc/passwd', '23514 attachment_upload_file_name', 'a name is no path'),
    ('run_id', test.the('run'), 'text/plain', 5, E'a\r\nSet-Cookie: x', '23514 attachment_upload_file_name', 'and no header'), ('run_id', test.the('run'), 'text/plain', 5, U&'invoice\202Efdp.exe', 'TV422 P4 file_name_invalid', 'nor read backwards'),
    ('run_id', test.the('run'), 'text/plain', 5, U&'a\2066b', 'TV422 P4 file_name_invalid', 'in part'), ('run_id', test.the('run'), 'text/plain', 5, U&'a\061Cb', 'TV422 P4 file_name_invalid', 'by an Arabic mark'),
    ('run_id', test.the('run'), 'text/plain', 5, U&'a\200Fb', 'TV422 P4 file_name_invalid', 'by any mark'), ('run_id', test.the('run'), 'text/plain', 5, U&'a\2028b', 'TV422 P4 file_name_invalid', 'nor two lines'),
    ('run_id', test.the('run'), 'text/plain', 5, '', '23514 attachment_upload_file_name', 'but something')) d (owner, id, type, size, name, refusal, what);
select test.refuses($$ select traveler.declare_attachment(jsonb_build_object('run_id', test.the('run'), 'run_step_id', test.the('A'), 'file_name', 'a', 'content_type', 'text/plain', 'byte_size', 1)) $$,
    'TV422 P4 attachment_owner', 'to one thing');
select test.enter('admin');
select traveler.change_org(null, '{"attachment_limit_bytes": 4294967296}');
select test.refuses($$ select test.declare('run_id', test.the('run'), 'video/mp4', 3221225472) $$, 'went through', 'the limit is the org''s');
select test.enter('viewer');
select test.refuses($$ select test.declare('run_id', test.the('run')) $$, 'TV403 T3 permission_missing', 'not everyone attaches');
select test.enter('stranger');
select test.refuses($$ select test.declare('run_id', test.the('run')) $$, 'TV404 T1 run_unknown', 'nor another org');
rollback;

-- Parts -------------------------------------------------------------------------------------------------------------

begin;
select test.enter('technician');
select test.keep('cut', test.declare('run_step_id', test.the('A'), 'application/octet-stream', 1048576 + 5));
select test.refuses(format($$ select test.send(test.the('cut'), %s, %s) $$, bytes, number), refusal, what) from (values
    ($$'hello'$$, 1, 'TV422 P4 part_size', 'a part is whole'), ($$decode(repeat('00', 1048577), 'hex')$$, 1, 'TV422 P4 part_size', 'and no more'), ($$'hell'$$, 2, 'TV422 P4 part_size', 'the last has what is left'),
    ($$'hello'$$, 3, 'TV422 P4 part_number', 'there is no part beyond it'), ($$'hello'$$, 0, 'TV422 P4 part_number', 'nor before the first'), ($$'hello'$$, -1, 'TV422 P4 part_number', 'of whatever number')) p (bytes, number, refusal, what);
select test.refuses($$ select traveler.write_attachment_part(test.the('cut'), 2, encode(sha256('hallo'), 'base64'), 'hello') $$, 'TV422 P4 digest_mismatch', 'what was damaged on its way is refused');
select traveler.write_attachment_part(test.the('cut'), 2, encode(sha256('hello'), 'base64'), 'hello');
select is(traveler.upload_json(test.the('cut')) -> 'received', '[2]', 'who goes on after a break sees what has come');
select test.refuses($$ select traveler.finish_attachment(test.the('cut'), '{}') $$, 'TV409 P4 upload_incomplete', 'what was cut off is not finished');
select is(test.refusal_detail($$ select traveler.finish_attachment(test.the('cut'), '{}') $$, 'missing'), '[1]', 'it says what is missing');
select is((select count(*) from traveler.attachment), 0::bigint, 'and nobody sees it');
select is(jsonb_array_length(traveler.step_json(test.the('A')) -> 'attachments'), 0, 'in the step either');
select is(traveler.attachment_content(test.the('cut'), 2), null::bytea, 'or reads it');
select test.denied('select * from traveler.attachment_part', 'not even as the service');
select test.denied('select * from traveler.attachment_upload', 'in whatever table');
select test.enter('peer');
select is(traveler.upload_json(test.the('cut')), null::jsonb, 'an upload is its sender''s alone');
select test.refuses($$ select test.send(test.the('cut'), 'world', 2) $$, 'TV404 T1 upload_unknown', 'nobody else sends a part of it');
select test.refuses($$ select traveler.finish_attachment(test.the('cut'), '{}') $$, 'TV404 T1 upload_unknown', 'or finishes it');
select test.enter('technician');
select test.send(test.the('cut'), 'world', 2), test.send(test.the('cut'), convert_to(repeat('x', 1048576), 'UTF8'), 1);
select test.refuses($$ select traveler.finish_attachment(test.the('cut'), jsonb_build_object('digest', encode(sha256('x'), 'hex'))) $$, 'TV422 P4 digest_mismatch', 'nor with another digest than expected');
select is((select traveler.finish_attachment(test.the('cut'), '{}') ->> 'digest'), encode(sha256(sha256(convert_to(repeat('x', 1048576), 'UTF8')) || sha256('world')), 'hex'),
    'the digest of several parts is that of their digests; a part sent again replaced the first');
select is(convert_from(traveler.attachment_content(test.the('cut'), 2), 'UTF8'), 'world', 'the content is there, part by part');
select test.refuses($$ select test.send(test.the('cut'), 'hello', 2) $$, 'TV409 P4 upload_finished', 'a finished file takes no part');
select test.refuses($$ select traveler.finish_attachment(test.the('cut'), '{}') $$, 'TV409 P4 upload_finished', 'and is finished once');
select is(traveler.upload_json(test.the('cut')), null::jsonb, 'nor is it an upload any more');
commit;

-- What the bytes say.
begin;
select test.enter('technician');
select test.refuses(format($$ select test.send(test.declare('run_id', test.the('run'), %L, %s), %L) $$, type, octet_length(bytes), bytes), refusal, format('%s: %s', type, left(encode(bytes, 'hex'), 20))) from (values
    ('application/pdf', '%PDF-1.7'::bytea, 'went through'), ('application/pdf', 'MZ is no PDF', 'TV422 P4 content_type_mismatch'), ('image/png', '\x89504e470d0a1a0a00', 'went through'), ('image/png', '\xffd8ffe0', 'TV422 P4 content_type_mismatch'),
    ('image/jpeg', '\xffd8ffe0', 'went through'), ('image/jpeg', '<script>', 'TV422 P4 content_type_mismatch'), ('image/gif', 'GIF89a..', 'went through'), ('image/gif', 'GIF', 'TV422 P4 content_type_mismatch'),
    ('application/zip', '\x504b030414', 'went through'), ('application/zip', '\x7f454c46', 'TV422 P4 content_type_mismatch'), ('video/mp4', '\x00000018667479706d703432', 'went through'),
    ('text/plain', 'grün', 'went through'), ('text/csv', '\x610062', 'TV422 P4 content_type_mismatch'), ('application/octet-stream', '\x00', 'went through')) m (type, bytes, refusal);
rollback;

-- A file as the value of a field ------------------------------------------------------------------------------------

begin;
select test.enter('technician');
select test.keep('shot', test.attach('run_step_field_id', test.the('photo'), 'hello', 'shot.txt')), test.keep('of the step', test.attach('run_step_id', test.the('A'))), test.keep('of the run', test.attach('run_id', test.the('run'), 'run', 'run.txt'));
select test.keep('unfinished', test.declare('run_step_field_id', test.the('photo')));
select test.refuses(format($$ select test.value(test.the(%L), to_jsonb(test.the(%L))) $$, field, file), refusal, what) from (values
    ('photo', 'of the step', 'TV422 P4 field_value', 'a file that was not attached to the field is not its value'), ('other', 'shot', 'TV422 P4 field_value', 'nor one of another field'),
    ('photo', 'unfinished', 'TV422 P4 field_value', 'nor one that has not come'), ('photo', 'shot', 'went through', 'its own is')) v (field, file, refusal, what);
select is((select f.value_detail from traveler.run_step_field f where f.id = test.the('photo')),
    jsonb_build_object('file_name', 'shot.txt', 'content_type', 'text/plain', 'byte_size', 5, 'digest', encode(sha256('hello'), 'hex')), 'with its name, size and digest');
select test.refuses($$ select traveler.archive_attachment(test.the('shot'), null) $$, 'TV409 P4 attachment_is_value', 'a field''s value is not archived');
select traveler.archive_attachment(test.the('of the step'), null);
select test.refuses($$ select traveler.archive_attachment(test.the('of the step'), null) $$, 'TV409 T4 attachment_archived', 'a file is archived once');
select is((select a.payload::jsonb #>> '{after,digest}' from traveler.transaction_history a where a.row_id = test.the('shot') and a.root_id = test.the('run')), '\x' || encode(sha256('hello'), 'hex'), 'the run''s history has the digest');
commit;

-- By psql -----------------------------------------------------------------------------------------------------------

reset session authorization;
set role traveler_owner;
begin;
select test.enter_owner();
select test.refuses(statement, refusal, format('the owner: %s', test.brief(statement))) from (values
    ($$ update traveler.attachment_part set bytes = 'jello', digest = sha256('jello') where upload_id = test.the('shot') $$, 'TV404 T1 upload_unknown'),
    ($$ delete from traveler.attachment_part where upload_id = test.the('shot') $$, 'TV409 T4 record_kept'), ($$ delete from traveler.attachment_upload where id = test.the('shot') $$, 'TV409 T4 record_kept'),
    ($$ delete from traveler.attachment where id = test.the('shot') $$, 'TV409 T4 record_kept'), ($$ update traveler.attachment_upload set finished_at = null where id = test.the('shot') $$, 'TV409 P4 upload_fixed'),
    ($$ update traveler.attachment set digest = sha256('x') where id = test.the('shot') $$, 'TV409 T4 attachment_fixed'), ($$ update traveler.attachment set file_name = 'x', archived_at = now() where id = test.the('of the run') $$, 'TV409 T4 attachment_fixed'),
    ($$ update traveler.attachment set archived_at = null where id = test.the('of the step') $$, 'TV409 T4 attachment_fixed'), ($$ update traveler.attachment set archived_by = 'user:x' where id = test.the('of the step') $$, 'TV409 T4 attachment_fixed'), ($$ truncate traveler.attachment_part $$, 'TV409 T4 record_kept'),
    ($$ insert into traveler.attachment (org_id, id, run_id, file_name, content_type, byte_size, digest, uploaded_by)
        values (test.org_id('acme'), test.the('unfinished'), test.the('run'), 'x', 'text/html', 1, sha256('x'), 'user:x') $$, 'TV404 T1 upload_unknown')) a (statement, refusal);
commit;
reset role;
-- What was not finished within a day goes when the next file is declared.
begin;
select test.enter_owner();
alter table traveler.attachment_upload disable trigger _010_refuse_change;
update traveler.attachment_upload set created_at = now() - interval '25 hours' where finished_at is null;
alter table traveler.attachment_upload enable always trigger _010_refuse_change;
commit;
set session authorization traveler_service;
begin;
select test.enter('technician');
select test.keep('new', test.declare('run_id', test.the('run')));
select is(traveler.upload_json(test.the('unfinished')), null::jsonb, 'an upload that nobody took up again is gone');
select test.declare('run_id', test.the('run')) from generate_series(1, 19);
select test.refuses($$ select test.declare('run_id', test.the('run')) $$, 'TV409 P4 uploads_unfinished', 'nobody holds more than 20 of them');
rollback;

-- Whether or not another file is ever declared, the background job drops them too: what is a day old, and nothing else.
set session authorization traveler_worker;
begin;
select traveler.enter_system(test.org_id('acme'), 'uploads');
select test.refuses('select traveler.drop_stale_uploads(0)', 'TV422 P4 limit_invalid', 'a job that drops nothing is refused');
select is(traveler.drop_stale_uploads(), 1, 'the background job drops what is left');
select is(traveler.drop_stale_uploads(), 0, 'once');
reset session authorization;
select is((select count(*) from traveler.attachment_upload u where u.finished_at is null and u.created_at < now() - interval '1 day'), 0::bigint, 'of what nobody finished');
select is((select count(*) from traveler.attachment), (select count(*) from traveler.attachment_upload u where u.finished_at is not null), 'and of attachments none');
rollback;
set session authorization traveler_service;
begin;
select test.enter('admin');
select test.denied('select traveler.drop_stale_uploads()', 'nor is it for the service to ask');
rollback;
-- C5: the run's record has its files, and takes no more once it is completed ---------------------------------------------

begin;
select test.enter('technician');
select test.keep('late', test.declare('run_id', test.the('run')));
select test.send(test.the('late'), 'hello');
select test.complete(test.the('A')), test.complete(test.the('B'));
select ok((select r.completed_at is not null from traveler.run r where r.id = test.the('run')), 'a run with files completes');
select test.refuses(statement, 'TV409 C5 run_completed', what) from (values
    ($$ select traveler.finish_attachment(test.the('late'), '{}') $$, 'and then takes no file, however far it had come'), ($$ select test.declare('run_id', test.the('run')) $$, 'nor a new one'),
    ($$ select traveler.archive_attachment(test.the('of the run'), null) $$, 'nor gives one up')) c (statement, what);
select results_eq($$ select x ->> 'file_name', x ->> 'digest' from traveler.as_built_record a, jsonb_array_elements(a.document::jsonb -> 'attachments') x $$,
    $$ values ('run.txt', encode(sha256('run'), 'hex')) $$, 'the as-built record has the run''s files with their digests');
select is((select string_agg(x ->> 'file_name', ' ' order by x ->> 'file_name') from traveler.as_built_record a, jsonb_array_elements(a.document::jsonb -> 'steps') s, jsonb_array_elements(s -> 'attachments') x),
    'a.txt a.txt shot.txt', 'and those of its steps');
select results_eq($$ select x ->> 'file_name', x #>> '{archived_by,name}', x ->> 'archived_at' is not distinct from traveler.json_time(a.archived_at)
    from traveler.as_built_record d, jsonb_array_elements(d.document::jsonb -> 'steps') s, jsonb_array_elements(s -> 'attachments') x
    join traveler.attachment a on a.id = (x ->> 'id')::uuid order by 1, 2 $$,
    $$ values ('a.txt', 'Technician', true), ('a.txt', null, true), ('shot.txt', null, true) $$, 'what was archived while the run was live is in it, with when and by whom');
commit;
reset session authorization;
begin;
select test.enter_owner();
set local session_replication_role = replica;
update traveler.attachment_part set bytes = 'jello', digest = sha256('jello') where upload_id = test.the('shot');
select is((select string_agg(v.rule, ' ') from traveler.integrity_violations v where v.record = test.the('shot')), 'P4', 'content that was changed around every guard shows');
rollback;
select test.whole();
select * from finish();
