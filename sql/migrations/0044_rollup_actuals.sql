-- previous: 15393445ee06699894f51277e97af0eb00de1ee3334c86adffe66892133ef1b8
-- What a level is planned from has more columns: which run each of it is of, and when it really began and ended (H2).

drop function if exists traveler.rollup_members(text, uuid, uuid, integer);
