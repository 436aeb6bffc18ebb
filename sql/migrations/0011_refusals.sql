-- previous: 1454daa865d74d8956f8834a85a5a60423a56dd084fa5920a93d089eb506f97c
-- What was asked and refused: who, what, by which rule. No record of production: no history, no chain.

create table traveler.refusal (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    at timestamptz not null default clock_timestamp(),
    user_id uuid not null,
    request_id text,
    method text not null,
    route text not null,
    status integer not null,
    code text not null,
    rule text,
    message text not null,
    subject_ids uuid[] not null,
    run_id uuid,
    run_step_id uuid,
    constraint refusal_pkey primary key (org_id, id),
    constraint refusal_request_id_length check (char_length(request_id) <= 200),
    constraint refusal_method check (method in ('POST', 'PUT', 'PATCH', 'DELETE')),
    constraint refusal_route_length check (char_length(route) between 1 and 200),
    constraint refusal_status check (status in (403, 409, 412, 422)),
    constraint refusal_code_form check (code ~ '^[a-z][a-z0-9_]{0,99}$'),
    constraint refusal_rule_length check (char_length(rule) between 1 and 20),
    constraint refusal_message_length check (char_length(message) <= 1000),
    constraint refusal_subject_count check (cardinality(subject_ids) <= 50),
    constraint refusal_step_has_run check (run_step_id is null or run_id is not null)
);
alter table traveler.refusal
    add constraint refusal_user_fkey foreign key (org_id, user_id) references traveler.user_account (org_id, id),
    add constraint refusal_run_fkey foreign key (org_id, run_id) references traveler.run (org_id, id),
    add constraint refusal_step_fkey foreign key (org_id, run_id, run_step_id) references traveler.run_step (org_id, run_id, id);
create index refusal_by_time on traveler.refusal (org_id, at);
create index refusal_by_user on traveler.refusal (org_id, user_id, id);
create index refusal_by_run on traveler.refusal (org_id, run_id, id) where run_id is not null;
create index refusal_by_rule on traveler.refusal (org_id, rule, id) where rule is not null;
create index refusal_by_code on traveler.refusal (org_id, code, id);
comment on table traveler.refusal is 'Acts that were asked of the service and refused by a rule, as well as they could be noted. Neither a record nor part of the history: kept until the operator deletes them.';
comment on column traveler.refusal.route is 'The template of the path, such as /v1/steps/{id}/complete.';
comment on column traveler.refusal.rule is 'The rule that refused; null for a stale version (412).';
comment on column traveler.refusal.subject_ids is 'What the act was to be done to: the id in its path, or the first of those in its body.';
comment on column traveler.refusal.run_id is 'Derived: the run that all subjects are or belong to.';
comment on column traveler.refusal.run_step_id is 'Derived: the step that the one subject is or belongs to.';
