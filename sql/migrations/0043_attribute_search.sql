-- previous: 428c4d371dea67101e17a88e543707fbeb8661e59723b0bd2a2b02db51dc9fc3
-- What lists are asked for of attributes is in one function for all lists, and the timeline takes it, too (F4, H5).

drop function if exists traveler.runs_by_attributes(jsonb, text, boolean, text, bigint, integer, text, uuid, uuid, text, uuid);
drop function if exists traveler.attribute_search(text, jsonb, text);
drop function if exists traveler.timeline(timestamptz, timestamptz, integer, bigint, uuid, text, uuid, uuid, uuid, uuid);
