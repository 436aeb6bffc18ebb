-- previous: 77ac290067e93a04d1a0c26d45b53c9903557239344da52a6bb6267dbd101b3d
-- Whose the analysts' logins are (E1). The roles themselves are the cluster's, and their names say nothing.

create table traveler_private.analyst (
    login text not null,
    org_id uuid not null,
    name text not null,
    created_at timestamptz not null default now(),
    disabled_at timestamptz,
    constraint analyst_pkey primary key (login),
    constraint analyst_org_fkey foreign key (org_id) references traveler.org (org_id),
    constraint analyst_name_length check (char_length(trim(name)) between 1 and 200)
);
create unique index analyst_name_key on traveler_private.analyst (org_id, name) where disabled_at is null;
comment on table traveler_private.analyst is 'Which org each analyst''s login was made for, and under which name (E1). What holds is the login''s membership in a role of that org.';
