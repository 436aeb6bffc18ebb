-- previous: 82910f3b0bd97cefbd6d9fb4e363d108ff8b84451d7945129f559a49ce2ddc70
-- Reading what is in a unit and where a lot went, at any depth, at a cost that grows as the answer does (B6).

create index installation_as_a_whole on traveler.installation (org_id, run_id) where assembly_inventory_id is null;
create index installation_share_by_installation on traveler.installation_share (org_id, installation_id);
-- Their answers got columns; the logic makes them anew.
drop function if exists traveler.abom(uuid, timestamptz), traveler.where_used(uuid, timestamptz);
