-- previous: 5acb323d281915c74967cb93154da1a09ccdf281f9cc720f31808ffefb44ff05
-- Labor: the org's limit for one session (L5), and what an hour costs (L4).

alter table traveler.org add column session_limit_minutes integer not null default 720;
alter table traveler.org add constraint org_session_limit check (session_limit_minutes between 1 and 10080);
comment on column traveler.org.session_limit_minutes is 'A labor session longer than this many minutes is flagged (L5).';

create table traveler.labor_rate (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    role_id uuid,
    location_id uuid,
    hourly_rate numeric(12, 4) not null,
    valid_from date not null,
    valid_to date,
    created_by text not null,
    created_at timestamptz not null default now(),
    version integer not null default 1,
    constraint labor_rate_pkey primary key (org_id, id),
    constraint labor_rate_one_subject check (num_nonnulls(role_id, location_id) = 1),
    constraint labor_rate_positive check (hourly_rate > 0 and hourly_rate <> 'NaN'),
    constraint labor_rate_ends_after_start check (valid_to > valid_from),
    constraint labor_rate_of_role_once exclude using gist (org_id extensions.gist_uuid_ops with =, role_id extensions.gist_uuid_ops with =,
        daterange(valid_from, valid_to) with &&) where (role_id is not null),
    constraint labor_rate_of_location_once exclude using gist (org_id extensions.gist_uuid_ops with =, location_id extensions.gist_uuid_ops with =,
        daterange(valid_from, valid_to) with &&) where (location_id is not null)
);
alter table traveler.labor_rate
    add constraint labor_rate_role_fkey foreign key (org_id, role_id) references traveler.role (org_id, id),
    add constraint labor_rate_location_fkey foreign key (org_id, location_id) references traveler.location (org_id, id);
create index labor_rate_by_role on traveler.labor_rate (org_id, role_id) where role_id is not null;
create index labor_rate_by_location on traveler.labor_rate (org_id, location_id) where location_id is not null;
comment on table traveler.labor_rate is 'What an hour of a role, or at a work center, costs on the days from valid_from up to but without valid_to (L4).';
comment on column traveler.labor_rate.hourly_rate is 'In the org''s own currency.';
