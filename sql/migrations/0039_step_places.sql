-- previous: 41ddd390913d8f085c784044fd8c843ae5e47d659dbc7a76ab3c3bc4e55b728c
-- A step of a run is moved among those beside it by a redline of its own (D1): its place is a number between theirs, so that none of them
-- is rewritten. The places that there are stay as they are, in rows, history and digests alike.

-- They depend on the column; the logic makes them again.
drop trigger if exists _100_guard_definition on traveler.run_step;
drop trigger if exists _900_count_version on traveler.run_step;
drop view if exists analytics.run_steps;
alter table traveler.run_step alter column position type double precision;
-- Fifteen digits are the same in every decimal form of the number.
alter table traveler.run_step add constraint run_step_position_plain check (
    position > 0 and position < 1000000000 and position = position::numeric::double precision) not valid;
-- The owner, without a context, would ask the policies.
reset role;
alter table traveler.run_step validate constraint run_step_position_plain;
set local role traveler_owner;
comment on column traveler.run_step.position is 'Where it stands among the steps beside it, the least first; moved by redline only (D1, P3).';
