-- previous: c899750ee1d3aa7b0e56abfa39450287fcdb9f3406d653dcece9817791f1ca6a
-- What analysts see of a past moment has the org's own attributes, as what they see of now, and a step's place as it is: not always whole.
-- A function's columns are changed by making it anew. What an analyst saved of one of them goes with it, which is a new major version.

drop function if exists analytics.runs_as_of(timestamptz, uuid) cascade;
drop function if exists analytics.run_steps_as_of(timestamptz, uuid) cascade;
drop function if exists analytics.part_inventory_as_of(timestamptz, uuid) cascade;
drop function if exists analytics.issues_as_of(timestamptz, uuid) cascade;
