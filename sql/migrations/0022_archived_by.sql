-- previous: bef9075511e1ea71251fa1fee18e49f1d558984a88c18ee458ed3ef7da0c525c
-- Who archived a file: the as-built record says so of what was archived while its run was live (C5, T4).

alter table traveler.attachment add column archived_by text;
comment on column traveler.attachment.archived_by is 'The actor who archived it; also null of what was archived before this was kept, whose history has it.';
