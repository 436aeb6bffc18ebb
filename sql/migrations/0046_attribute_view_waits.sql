-- previous: 6f1909f2f0ca5fe9e4460b31131e26a10d79c74460d90529b5a810093f2f0c0c
-- Which views of attributes could not follow their definitions, since analysts saved views of them (F4).

create table traveler_private.attribute_view_wait (
    org_id uuid not null,
    record text not null,
    waits_since timestamptz not null default now(),
    constraint attribute_view_wait_pkey primary key (org_id, record),
    constraint attribute_view_wait_org_fkey foreign key (org_id) references traveler.org (org_id)
);
comment on table traveler_private.attribute_view_wait is 'A view in which attributes are columns and that keeps its old form, because an analyst saved a view of it (F4).';
