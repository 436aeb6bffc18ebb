-- previous: f1981a43cc3b5609e8e40a0611d08f4079ba694354e8e5b41acfd9468f00e273
-- What a run lacks is found without reading all that it has: each index holds only the rows that may block a completion (C1, C2).
-- Their conditions are on columns that entering a value leaves alone, so that it stays a change in place.

create index run_step_field_required_by_run on traveler.run_step_field (org_id, run_id) where required and withdrawn_at is null;
create index run_step_field_out_of_range_by_run on traveler.run_step_field (org_id, run_id) where out_of_range and withdrawn_at is null;
create index run_step_field_stale_by_run on traveler.run_step_field (org_id, run_id) where stale and withdrawn_at is null;
create index deviation_live_by_run on traveler.deviation (org_id, run_id) where voided_at is null;

-- One pass over a run says what can be worked on (A1).
drop function if exists traveler_private.directly_blocked(uuid);
