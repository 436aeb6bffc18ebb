-- previous: c954b6f079ded4031be2a67ef5780e58520847d8a28b32e7ee67e8efbdc21567
-- What lists find and sort records by: the values of searchable attributes, typed and one a row (F4).

create table traveler.attribute_value (
    org_id uuid not null,
    definition_id uuid not null,
    record_id uuid not null,
    place integer not null,
    record text not null,
    record_number bigint not null,
    text_value text,
    number_value float8,
    time_value timestamptz,
    constraint attribute_value_pkey primary key (org_id, definition_id, record_id, place),
    constraint attribute_value_is_one check (num_nonnulls(text_value, number_value, time_value) = 1)
);
alter table traveler.attribute_value
    add constraint attribute_value_definition_fkey foreign key (org_id, definition_id) references traveler.attribute_definition (org_id, id);
create index attribute_value_by_text on traveler.attribute_value (org_id, definition_id, text_value, record_number, record_id) where text_value is not null;
create index attribute_value_by_number on traveler.attribute_value (org_id, definition_id, number_value, record_number, record_id) where number_value is not null;
create index attribute_value_by_time on traveler.attribute_value (org_id, definition_id, time_value, record_number, record_id) where time_value is not null;
comment on table traveler.attribute_value is 'Derived: the values of searchable attributes, as indexes reach them under row security; always those of the records (F4). It is no record and has no history.';
comment on column traveler.attribute_value.place is 'Which of its values, of an attribute that may have several; 1 of others.';
comment on column traveler.attribute_value.record is 'What kind of record record_id is the id of.';
comment on column traveler.attribute_value.record_number is 'The number that people know the record by; 0 where it has none. Lists go by it within one value.';
comment on column traveler.attribute_value.text_value is 'A text''s first 200 characters, an option, an id, a date, true or false.';
comment on column traveler.attribute_value.number_value is 'A number, as near as a float8 comes: what is found by it is compared exactly.';
