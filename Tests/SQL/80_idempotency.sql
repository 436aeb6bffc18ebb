-- Safe retries: a key is claimed by the transaction that does the work, answered once, and answers the same bytes again.
\ir support/world.psql
select plan(25);

set session authorization traveler_service;
begin;
select test.enter('engineer');
select traveler.claim_key('k1', sha256('request'));
select a.body, a.version from traveler.answer('k1', 201, traveler.create_part('{"part_number": "P", "name": "P"}')) a \gset
select is(:'version'::text, '1', 'an answer carries the version of what it made');
select test.refuses($$ select traveler.answer('k1', 200, '{"forged": true}') $$, 'P0001 idempotency key k1 was not claimed, or is answered', 'a key is answered once');
commit;
begin;
select test.enter('engineer');
select test.refuses($$ select traveler.claim_key('k1', sha256('request')) $$, '23505 idempotency_key_pkey', 'a key that was claimed is not claimed again');
select test.refuses($$ select traveler.claim_key('k1', sha256('another')) $$, '23505 idempotency_key_pkey', 'whatever the request');
commit;
begin read only;
select test.enter('engineer');
select results_eq($$ select r.status, r.body from traveler.replay('k1', sha256('request')) r $$, format('values (201, %L)', :'body'), 'asked again, the same bytes are answered');
select is((select r.body from traveler.replay('k1', sha256('request')) r), :'body'::text, 'and again');
select test.refuses($$ select traveler.replay('k1', sha256('another')) $$, 'TV422 idempotency_key_reused', 'another request under the key is refused');
select test.refuses($$ select traveler.replay('k2', sha256('request')) $$, 'TV409 idempotency_key_unknown', 'and so is a key that nobody claimed');
commit;
begin;
select test.enter('engineer');
select test.refuses($$ select traveler.answer('k1', 200, '{"forged": true}') $$, 'P0001 idempotency key k1 was not claimed, or is answered', 'a kept answer is not replaced later');
select is((select r.status from traveler.replay('k1', sha256('request')) r), 201, 'nor was it');
select test.refuses($$ select traveler.answer('k3', 200, '{}') $$, 'P0001 idempotency key k3 was not claimed, or is answered', 'nor a key answered that was not claimed');
select test.refuses($$ select traveler.answer(null, 200, '{"version": 3}') $$, 'went through', 'without a key an answer is just an answer');
select test.refuses(format('select traveler.claim_key(%L, sha256(''x''))', key), 'TV422 idempotency_key_invalid', format('no key: %s', left(translate(key, E'\n', '|'), 20)))
from unnest(array['', ' ', 'a b', E'a\nb', 'ä', repeat('x', 256)]) key;
select test.refuses($$ select traveler.claim_key(null, sha256('x')) $$, 'TV422 idempotency_key_invalid', 'nor is none');
commit;
-- A key is its user's.
begin;
select test.enter('planner');
select test.refuses($$ select traveler.replay('k1', sha256('request')) $$, 'TV409 idempotency_key_unknown', 'another user''s key answers nothing');
select test.refuses($$ select traveler.claim_key('k1', sha256('request')) $$, 'went through', 'and hinders nobody');
rollback;
begin;
select test.enter('stranger');
select test.refuses($$ select traveler.claim_key('k1', sha256('request')) $$, 'went through', 'least of all in another org');
commit;
select test.denied('select * from traveler.idempotency_key', 'nobody reads the answers of others');
-- What rolled back is as if it had not been.
begin;
select test.enter('engineer');
select traveler.claim_key('k9', sha256('request'));
rollback;
begin;
select test.enter('engineer');
select test.refuses($$ select traveler.claim_key('k9', sha256('request')) $$, 'went through', 'a claim ends with its transaction''s rollback');
commit;
reset session authorization;
select test.whole();
select * from finish();
