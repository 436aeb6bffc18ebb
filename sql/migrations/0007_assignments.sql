-- previous: 76a1cfada8a9d404c22863243a71089bc4c4a083b4c499d4b734a68db5fc4d36
-- Assignments: who a run or a step is meant for (S11). Teams are lists of users.

alter table traveler.org add column assignment_restricts boolean not null default false;
comment on column traveler.org.assignment_restricts is 'Whether only those whom a step is assigned to may work on it; otherwise an assignment only routes work (S11).';

create table traveler.team (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    name text not null,
    archived_at timestamptz,
    created_at timestamptz not null default now(),
    version integer not null default 1,
    constraint team_pkey primary key (org_id, id),
    constraint team_name_key unique (org_id, name),
    constraint team_name_length check (char_length(trim(name)) between 1 and 200)
);
alter table traveler.team add constraint team_org_fkey foreign key (org_id) references traveler.org (org_id);
comment on table traveler.team is 'Users whom work is assigned to together (S11).';

create table traveler.team_member (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    team_id uuid not null,
    user_id uuid not null,
    left_at timestamptz,
    created_at timestamptz not null default now(),
    version integer not null default 1,
    constraint team_member_pkey primary key (org_id, id)
);
alter table traveler.team_member
    add constraint team_member_team_fkey foreign key (org_id, team_id) references traveler.team (org_id, id),
    add constraint team_member_user_fkey foreign key (org_id, user_id) references traveler.user_account (org_id, id);
create unique index team_member_live_key on traveler.team_member (org_id, team_id, user_id) where left_at is null;
create index team_member_by_user on traveler.team_member (org_id, user_id) where left_at is null;
comment on table traveler.team_member is 'A user in a team, until left_at (S11).';

create table traveler.assignment (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    run_id uuid not null,
    run_step_id uuid,
    user_id uuid,
    team_id uuid,
    location_id uuid,
    assigned_by text not null,
    ended_at timestamptz,
    ended_by text,
    created_at timestamptz not null default now(),
    version integer not null default 1,
    constraint assignment_pkey primary key (org_id, id),
    constraint assignment_one_assignee check (num_nonnulls(user_id, team_id, location_id) = 1),
    constraint assignment_end_is_whole check (num_nulls(ended_at, ended_by) in (0, 2))
);
alter table traveler.assignment
    add constraint assignment_run_fkey foreign key (org_id, run_id) references traveler.run (org_id, id),
    add constraint assignment_step_fkey foreign key (org_id, run_id, run_step_id) references traveler.run_step (org_id, run_id, id),
    add constraint assignment_user_fkey foreign key (org_id, user_id) references traveler.user_account (org_id, id),
    add constraint assignment_team_fkey foreign key (org_id, team_id) references traveler.team (org_id, id),
    add constraint assignment_location_fkey foreign key (org_id, location_id) references traveler.location (org_id, id);
create unique index assignment_live_key on traveler.assignment (org_id, run_id, run_step_id, user_id, team_id, location_id) nulls not distinct
    where ended_at is null;
create index assignment_by_user on traveler.assignment (org_id, user_id, run_id) where user_id is not null and ended_at is null;
create index assignment_by_team on traveler.assignment (org_id, team_id, run_id) where team_id is not null and ended_at is null;
create index assignment_by_location on traveler.assignment (org_id, location_id, run_id) where location_id is not null and ended_at is null;
create index assignment_by_step on traveler.assignment (org_id, run_step_id) where run_step_id is not null and ended_at is null;
comment on table traveler.assignment is 'A user, a team or a work center that a run, or one step of it, is assigned to until ended_at (S11). It routes work; it restricts who may work only where the org says so.';
comment on column traveler.assignment.run_step_id is 'Null for the run as a whole; a step with users or teams of its own is not meant for those of its run.';
