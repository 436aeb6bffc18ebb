-- previous: d5df5046d309947a86ecce1c2ca299b79abbe8131dbf9b25f3c9bbc58656b546
-- A file that is attached to siblings is an attachment of each of them, with its content kept once (K3).

alter table traveler.attachment add column original_id uuid;
-- Only what was uploaded itself has an upload, which its trigger looks up.
alter table traveler.attachment drop constraint attachment_upload_fkey;
alter table traveler.attachment
    add constraint attachment_original_fkey foreign key (org_id, original_id) references traveler.attachment (org_id, id) not valid;
create index attachment_by_original on traveler.attachment (org_id, original_id) where original_id is not null;
comment on column traveler.attachment.original_id is 'The attachment of a sibling''s step that it was made with and whose content it has (K3); null for one that was uploaded itself.';

-- The owner, without a context, would ask the policies.
reset role;
alter table traveler.attachment validate constraint attachment_original_fkey;
set local role traveler_owner;
