-- previous: 07cf4f463d33ebcc3bf3d7435437718ca7c7d3ac0c1d999430f67ff42828fec7
-- A redline that repeats one of another run (D4).

alter table traveler.redline add column applied_from_id uuid;
alter table traveler.redline
    add constraint redline_applied_from_fkey foreign key (org_id, applied_from_id) references traveler.redline (org_id, id) not valid;
create unique index redline_applied_once_key on traveler.redline (org_id, applied_from_id, run_id) where applied_from_id is not null and state <> 'canceled';
comment on column traveler.redline.applied_from_id is 'The released redline of another run that this one began as a copy of: once in a run, unless it was canceled there (D4). Null for one that was written here.';

-- The owner, without a context, would ask the policies.
reset role;
alter table traveler.redline validate constraint redline_applied_from_fkey;
set local role traveler_owner;
