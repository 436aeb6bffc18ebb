-- previous: 9b99ca7cc8a7e17fb71217b4a175010463fc760c2129d30e4aae4064a0896c86
-- What is not planned is found without reading all that is (H5): each run says whether anything of it is planned.

alter table traveler.run add column planned boolean not null default false;
comment on column traveler.run.planned is 'Derived: whether anything of it is planned, so that what is not is listed by itself (H5).';
-- The policies hold the owner, too, and there is no org here: it is for all of them.
alter table traveler.run no force row level security;
alter table traveler.run_schedule no force row level security;
update traveler.run r set planned = true
from traveler.run_schedule h
where h.org_id = r.org_id and h.run_id = r.id and h.span_start is not null;
alter table traveler.run force row level security;
alter table traveler.run_schedule force row level security;
create index run_unscheduled on traveler.run (org_id, number) where not planned and completed_at is null and status <> 'canceled';
