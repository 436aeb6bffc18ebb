-- previous: 72fb70fb64e7e6063076e2fc72fc04e675119d81f9d6c07bb4d044e9b69d1dcc
-- What judged and moved siblings row by row, and now does a set at a time (K5); and what made one run at a time.

drop trigger if exists _130_guard_new_sibling on traveler.run_step;
drop function if exists traveler_private.guard_new_sibling();
drop trigger if exists _500_move_step_in on traveler.redline;
drop trigger if exists _500_move_step_out on traveler.redline;
drop function if exists traveler_private.move_redlined_step();
drop function if exists traveler_private.add_redlined_step(uuid, jsonb, uuid);
drop function if exists traveler_private.make_run(jsonb);
