-- previous: 939bdd480231b8a7390874a3bdf0af01fbb13e3aa5e392936eb560cab926f1b4
-- The same file comes in once, whoever brings it: of its key there is one in the org. A key that a caller chooses has no space in it.

create unique index idempotency_key_import_key on traveler.idempotency_key (org_id, key) where key like 'import %';
comment on index traveler.idempotency_key_import_key is 'One import of the same file, whoever brings it.';
