-- B6, E1: an analyst's as-built BOM is the service's own, of the analyst's org alone, whatever the session says of itself.
\ir support/world.psql
\ir support/psql.psql
\ir support/analysts.psql
select plan(14);

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('screw', test.part('SCREW', 'lot')), test.keep('motor', test.part('MOTOR', 'serial')), test.keep('cart', test.part('CART', 'serial'));
select test.mbom(test.the('motor'), test.line(test.the('screw'), '6'));
select test.mbom(test.the('cart'), test.line(test.the('motor'), '1'), test.line(test.the('screw'), '4'));
select test.keep('lot', test.receive(test.the('screw'), '100', '{"lot_number": "L1"}'));
select test.keep('motor run', test.run(test.released('Build a motor', test.the('motor'), '[{"title": "Wind"}]'), '{"serial_numbers": ["M1"]}'));
select test.install(test.need(test.the('motor run'), test.the('screw')), test.the('lot'), '6', test.unit(test.the('motor run')));
select test.work(test.step(test.the('motor run'), 'Wind'));
select test.keep('cart run', test.run(test.released('Build a cart', test.the('cart'), '[{"title": "Fit"}]'), '{"serial_numbers": ["C1"]}'));
select test.keep('m1', test.unit(test.the('motor run'))), test.keep('c1', test.unit(test.the('cart run')));
commit;
select clock_timestamp() as moment \gset
begin;
select test.enter('admin');
select test.install(test.need(test.the('cart run'), test.the('motor')), test.the('m1'), null, test.the('c1'));
select test.install(test.need(test.the('cart run'), test.the('screw')), test.the('lot'), '4');
commit;
begin;
select test.enter('admin');
select string_agg(concat_ws(' ', a.level, a.part_number, a.serial_number, a.lot_number, trim_scale(a.quantity), a.whole_run, a.shared, a.from_origin), ',' order by a.level, a.part_number) as service,
    count(*) filter (where a.level > 0) as below from traveler.abom(test.the('c1')) a \gset
commit;
reset session authorization;

create function test.tree(p_inventory uuid, p_more text default '') returns text language sql as $$
    select test.asks('acme', format('select string_agg(concat_ws('' '', level, part_number, serial_number, lot_number, trim_scale(quantity), whole_run, shared, from_origin), '','' order by level, part_number)
        from analytics.abom_of(%L %s)', p_inventory, p_more))
$$;
select is(test.tree(test.the('c1')), :'service', 'what is in a cart is what the service says');
select is(:'service'::text, '0 CART C1 1 f f f,1 MOTOR M1 1 f f f,1 SCREW L1 4 f f f,2 SCREW L1 6 f f f', 'at all depths');
select is(test.tree(test.the('c1'), format(', %L', :'moment')), '0 CART C1 1 f f f', 'and as of a moment, before anything was in it');
select is(test.asks('acme', 'select count(*) from abom_tree where root_serial_number = ''C1'''), :'below', 'the view has it by serial number');
select is(test.asks('acme', format('select string_agg(part_number || level, '','' order by level, part_number) from abom_tree where root_inventory_id = %L', test.the('c1'))), 'MOTOR1,SCREW1,SCREW2', 'or by id');
select is(test.asks('acme', 'select string_agg(distinct root_serial_number, '','') from abom_tree where lot_number = ''L1'''), 'C1,M1', 'and whose a lot went into');
select is(test.asks('bolt', format('select count(*) from analytics.abom_of(%L)', test.the('c1'))), '0', 'another org''s analyst finds nothing under that id');
select is(test.asks('bolt', 'select count(*) from abom_tree'), '0', 'nor any tree');
-- A context of one's own making is not the one that it runs in, and it leaves none behind.
select tap.dblink_exec('bolt', 'begin');
select tap.dblink_exec('bolt', format('set local traveler.context = ''%s|''', test.org_id('acme')));
select is(test.asks('bolt', format('select count(*) from analytics.abom_of(%L)', test.the('c1'))), '0', 'whatever context the session made up');
select is(test.asks('bolt', 'select current_setting(''traveler.context'')'), test.org_id('acme') || '|', 'which is there again');
select tap.dblink_exec('bolt', 'rollback');
select is(test.asks('acme', format('select current_setting(''traveler.context'', true) from analytics.abom_of(%L) limit 1', test.the('c1'))), '', 'no context is to be had from it');
select is(test.refusal($$ select test.asks('acme', 'select count(*) from analytics.abom_of(null, ''infinity'')') $$), 'TV422 Y3 moment_in_future', 'the future is refused');
set session authorization traveler_service;
select test.denied($$ select * from analytics.abom_of(null) $$, 'it is not the service''s');
reset session authorization;
select test.forget_analysts();
select test.whole();
select * from finish();
