-- previous: af176b65fc45058b90c1b8f06ada9cfa52c2c49cc85329b866b461c1f6b37c15
-- What judged and moved siblings row by row, and now does a set at a time (K5); and what made one run at a time.

drop trigger if exists _130_guard_new_sibling on traveler.run_step;
drop function if exists traveler_private.guard_new_sibling();
drop trigger if exists _500_move_step_in on traveler.redline;
drop trigger if exists _500_move_step_out on traveler.redline;
drop function if exists traveler_private.move_redlined_step();
drop function if exists traveler_private.add_redlined_step(uuid, jsonb, uuid);
drop function if exists traveler_private.make_run(jsonb);
