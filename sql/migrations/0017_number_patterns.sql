-- previous: 6a3fb809dd5ccb5e4112ce5e29048d5da9a1b7484c27d70b7342863d25004a08
-- Serial and lot numbers by a part's own pattern (I1).

alter table traveler.part add column number_pattern text;
alter table traveler.part add constraint part_number_pattern_form check (
    number_pattern is null or tracking <> 'none' and char_length(number_pattern) <= 60 and number_pattern ~ '^[^{}[:cntrl:]]*[{]0{1,12}[}][^{}[:cntrl:]]*$');
comment on column traveler.part.number_pattern is 'How its serial or lot numbers read, when they are generated: SN-{0000} counts from SN-0001, with leading zeros to that width (I1).';
