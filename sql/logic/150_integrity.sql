-- What must always be true, as queries that find where it is not. Read by the operator over all orgs, around RLS.

-- C5: the digests of the as-built records, recomputed.
create or replace view traveler.as_built_violations with (security_invoker = true) as
    select a.org_id, a.run_id, a.number, 'the digest does not match the document' as what
    from traveler.as_built_record a where a.digest <> sha256(convert_to(a.document, 'UTF8'))
    union all
    select a.org_id, a.run_id, a.number, 'the digest is not the one that the history keeps'
    from traveler.as_built_record a
    left join lateral (select traveler_private.entry_of(h.payload) -> 'after' ->> 'digest' as digest from traveler.transaction_history h
        where h.org_id = a.org_id and h.root_id = a.run_id and h.table_name = 'as_built_record' and h.row_id = a.id order by h.seq desc limit 1) h on true
    where h.digest is distinct from '\x' || encode(a.digest, 'hex') and not (h.digest is null and exists (
        select from traveler_private.history_detached_record x where x.org_id = a.org_id and x.table_name = 'as_built_record' and x.row_id = a.id))
    union all
    select r.org_id, r.id, r.completion_number, 'the completed run has no such record'
    from traveler.run r
    where r.completion_number > 0 and not exists (
        select from traveler.as_built_record a where a.org_id = r.org_id and a.run_id = r.id and a.number = r.completion_number);
comment on view traveler.as_built_violations is 'As-built records whose digest does not hold: empty when all do (C5).';

create or replace view traveler.integrity_violations with (security_invoker = true) as
    select 'R2' as rule, r.org_id, r.id as record, format('run %s: counters %s, steps %s', r.number,
        array[r.steps_todo, r.steps_in_progress, r.steps_hold, r.steps_redline, r.steps_completed, r.steps_failed, r.steps_canceled], c.counted) as what
    from traveler.run r
    left join lateral (
        select array[count(*) filter (where s.state = 'todo'), count(*) filter (where s.state = 'in_progress'), count(*) filter (where s.state = 'hold'),
            count(*) filter (where s.state = 'redline'), count(*) filter (where s.state = 'completed'), count(*) filter (where s.state = 'failed'),
            count(*) filter (where s.state = 'canceled')]::integer[] as counted
        from traveler.run_step s where s.org_id = r.org_id and s.run_id = r.id and s.withdrawn_at is null) c on true
    where c.counted is distinct from
        array[r.steps_todo, r.steps_in_progress, r.steps_hold, r.steps_redline, r.steps_completed, r.steps_failed, r.steps_canceled]
    union all
    select 'A1', d.org_id, d.id, format('step "%s" is %s while upstream "%s" is %s', d.title, d.state, u.title, u.state)
    from traveler.run_step_edge e
    join traveler.run_step d on d.org_id = e.org_id and d.id = e.downstream_id and d.state in ('in_progress', 'completed', 'failed')
    join traveler.run_step u on u.org_id = e.org_id and u.id = e.upstream_id and u.state not in ('completed', 'canceled')
    where e.withdrawn_at is null
    union all
    select 'D1', coalesce(s.org_id, d.org_id), coalesce(s.id, d.run_step_id), case when d.id is null then 'in redline without an open redline'
        else format('redline %s is open on a step that is %s', d.number, s.state) end
    from traveler.run_step s full join (select * from traveler.redline d where d.closed_at is null) d on d.org_id = s.org_id and d.run_step_id = s.id
    where (s.state is not distinct from 'redline') <> (d.id is not null)
    union all
    select 'P4', a.org_id, a.id, 'the content of the attachment is not what its digest and size say'
    from traveler.attachment a
    where a.digest is distinct from traveler_private.attachment_digest(a.org_id, coalesce(a.original_id, a.id)) or a.byte_size is distinct from (
        select sum(octet_length(x.bytes)) from traveler.attachment_part x where x.org_id = a.org_id and x.upload_id = coalesce(a.original_id, a.id))
    union all
    select 'S4', l.org_id, l.id, format('an open session on a step that is %s', s.state)
    from traveler.labor_session l join traveler.run_step s on s.org_id = l.org_id and s.id = l.run_step_id
    where l.ended_at is null and s.state <> 'in_progress'
    union all
    select 'L3', a.org_id, a.id, format('it overlaps session %s of the same user on the same step', b.id)
    from traveler.labor_session a
    join traveler.labor_session b on b.org_id = a.org_id and b.run_step_id = a.run_step_id and b.user_id = a.user_id and b.id > a.id
        and b.started_at < coalesce(a.ended_at, 'infinity') and a.started_at < coalesce(b.ended_at, 'infinity')
    union all
    select 'I4', i.org_id, i.id, format('quantity %s, movements add up to %s', i.quantity, m.total)
    from traveler.part_inventory i
    left join lateral (
        select coalesce((select sum(x.quantity) from traveler.inventory_movement x where x.org_id = i.org_id and x.to_inventory_id = i.id), 0)
            - coalesce((select sum(x.quantity) from traveler.inventory_movement x where x.org_id = i.org_id and x.from_inventory_id = i.id), 0) as total) m on true
    where m.total <> i.quantity
    union all
    -- Per part and lot: what rows hold is what came in and went out. What moved between rows moved within the lot; units that were split
    -- off a run before their lot had its number were given one of their own since.
    select 'I4', x.org_id, x.part_id, format('%s: rows hold %s, what came in and went out adds up to %s', coalesce('lot ' || x.lot_number, 'no lot'), sum(x.quantity), sum(x.flow))
    from (
        select i.org_id, i.part_id, i.lot_number, i.quantity, 0 as flow from traveler.part_inventory i
        union all
        select i.org_id, i.part_id, i.lot_number, 0, case when m.from_inventory_id is null then m.quantity else -m.quantity end
        from traveler.inventory_movement m join traveler.part_inventory i on i.org_id = m.org_id and i.id = coalesce(m.from_inventory_id, m.to_inventory_id)
        where num_nulls(m.from_inventory_id, m.to_inventory_id) = 1
        union all
        select i.org_id, i.part_id, i.lot_number, 0, case when i.id = m.to_inventory_id then m.quantity else -m.quantity end
        from traveler.inventory_movement m
        join traveler.part_inventory f on f.org_id = m.org_id and f.id = m.from_inventory_id
        join traveler.part_inventory t on t.org_id = m.org_id and t.id = m.to_inventory_id and t.lot_number is distinct from f.lot_number
        join traveler.part_inventory i on i.org_id = m.org_id and i.id in (f.id, t.id)
        where m.run_id is not null) x
    group by x.org_id, x.part_id, x.lot_number having sum(x.quantity) <> sum(x.flow)
    union all
    select 'I4', i.org_id, i.id, format('scrapped %s, shipped %s, merged into %s; movements say %s, %s, %s', i.quantity_scrapped, i.quantity_shipped, i.merged_into_id, m.scrapped, m.shipped, m.merged_into_id)
    from traveler.part_inventory i
    cross join lateral (
        select coalesce(sum(case x.kind when 'scrap' then x.quantity when 'unscrap' then -x.quantity end), 0) as scrapped,
            coalesce(sum(case x.kind when 'ship' then x.quantity when 'return' then -x.quantity end), 0) as shipped,
            (array_agg(x.to_inventory_id) filter (where x.kind = 'merge' and x.from_inventory_id = i.id))[1] as merged_into_id
        from traveler.inventory_movement x where x.org_id = i.org_id and (x.from_inventory_id = i.id or x.to_inventory_id = i.id)) m
    where (i.quantity_scrapped, i.quantity_shipped, i.merged_into_id) is distinct from (m.scrapped, m.shipped, m.merged_into_id)
    union all
    select 'B2', i.org_id, i.id, format('reserved for run %s, which is %s', r.number, r.status)
    from traveler.part_inventory i join traveler.run r on r.org_id = i.org_id and r.id = i.reserved_run_id
    left join traveler.run_split g on g.org_id = i.org_id and g.id = i.reserved_split_id
    where i.installation_id is not null or case when g.id is null then r.completed_at is not null or r.status = 'canceled' else g.closed_at is not null end
    union all
    select 'B2', q.org_id, q.id, format('installed %s, installations add up to %s', q.quantity_installed, n.total)
    from traveler.build_requirement q
    left join lateral (select coalesce(sum(x.quantity), 0) as total from traveler.installation x
        where x.org_id = q.org_id and x.build_requirement_id = q.id and (x.removed_at is null or x.removed_run_id is not null) and x.shares = 0) n on true
    where n.total <> q.quantity_installed
    union all
    select 'B2', q.org_id, q.id, format('a unit or place holds %s, where %s belong', l.held, l.place)
    from traveler.build_requirement q
    cross join lateral (select x.assembly_inventory_id, x.reference_designator from traveler.installation x
        where x.org_id = q.org_id and x.build_requirement_id = q.id and x.removed_at is null and x.assembly_inventory_id is not null group by 1, 2) n
    cross join lateral traveler_private.places(q, n.assembly_inventory_id, n.reference_designator) l
    where l.held > l.place
    union all
    select 'B7', n.org_id, n.id, 'it is in nothing that was made for the requirement above its own'
    from traveler.installation n join traveler.build_requirement q on q.org_id = n.org_id and q.id = n.build_requirement_id and q.parent_id is not null
    where n.removed_at is null and not exists (select from traveler.installation a
        where a.org_id = n.org_id and a.run_id = n.run_id and a.part_inventory_id = n.assembly_inventory_id)
    union all
    select 'B1', q.org_id, q.id, format('carried %s, carried installations add up to %s', q.quantity_carried, c.total)
    from traveler.build_requirement q
    cross join lateral (select coalesce(sum(x.quantity), 0) as total from traveler.carried_installation x
        where x.org_id = q.org_id and x.build_requirement_id = q.id and x.ended_at is null) c
    where c.total <> q.quantity_carried
    union all
    select 'B1', c.org_id, c.id, 'it counts what is no longer there'
    from traveler.carried_installation c
    join traveler.installation n on n.org_id = c.org_id and n.id = c.installation_id and n.removed_at is not null
    join traveler.run r on r.org_id = c.org_id and r.id = c.run_id and r.completion_number = 0
    where c.ended_at is null
    union all
    select 'B1', n.org_id, n.id, format('%s of %s are counted twice by a run', c.total, n.quantity)
    from traveler.installation n
    join (select x.org_id, x.installation_id, x.run_id, sum(x.quantity) as total from traveler.carried_installation x group by 1, 2, 3) c
        on c.org_id = n.org_id and c.installation_id = n.id
    where c.total > n.quantity
    union all
    select 'B4', n.org_id, n.id, 'it was taken out under a run that did not have its unit'
    from traveler.installation n
    where n.removed_run_id is not null and not exists (select from traveler.run_inventory ri
        where ri.org_id = n.org_id and ri.run_id = n.removed_run_id and ri.part_inventory_id = n.assembly_inventory_id)
    union all
    select 'I2', i.org_id, i.id, 'the installation that the row names is not its live one'
    from traveler.part_inventory i
    left join traveler.installation n on n.org_id = i.org_id and n.part_inventory_id = i.id and n.removed_at is null
    where n.id is distinct from i.installation_id
    union all
    select 'I2', n.org_id, n.id, format('installed %s of a row that holds %s', n.quantity, i.quantity)
    from traveler.installation n join traveler.part_inventory i on i.org_id = n.org_id and i.id = n.part_inventory_id
    where n.removed_at is null and n.quantity <> i.quantity
    union all
    select 'B5', q.org_id, q.id, format('excepted %s, exceptions say %s', q.quantity_excepted, x.quantity)
    from traveler.build_requirement q
    cross join lateral (select coalesce(sum(e.quantity), 0) as quantity from traveler.build_requirement_exception e
        where e.org_id = q.org_id and e.build_requirement_id = q.id and e.withdrawn_at is null) x
    where x.quantity <> q.quantity_excepted
    union all
    select 'I2', i.org_id, i.id, case when i.issue_hold then 'kept from use by no issue' else 'an issue keeps it from use, and it reads free' end
    from traveler.part_inventory i
    where i.issue_hold <> exists (select from traveler.inventory_issue_hold h where h.org_id = i.org_id and h.part_inventory_id = i.id)
    union all
    select 'Q1', s.org_id, s.id, format('issue %s is resolved without the approval of a role that its disposition asks for', s.number)
    from traveler.issue s
    join traveler.disposition_type_role a on a.org_id = s.org_id and a.disposition_type_id = s.disposition_type_id and a.duty = 'approve'
    where s.state = 'resolved' and not exists (select from traveler.issue_approval x where x.org_id = s.org_id and x.issue_id = s.id
        and x.disposition_number = s.disposition_number and x.role_id = a.role_id and x.approved_by <> s.disposed_by)
    union all
    select 'I3', i.org_id, i.id, 'the run that the row names is not the live one that builds it'
    from traveler.part_inventory i
    left join traveler.run_inventory ri on ri.org_id = i.org_id and ri.part_inventory_id = i.id and ri.live
    where ri.run_id is distinct from i.building_run_id
    union all
    select 'I3', ri.org_id, ri.id, 'inventory is held by a run that ended, or freed from a live one'
    from traveler.run_inventory ri join traveler.run r on r.org_id = ri.org_id and r.id = ri.run_id
    where ri.live <> (r.completed_at is null and ri.run_split_id is null and not (ri.taken and r.status = 'canceled'))
    union all
    select 'C6', r.org_id, r.id, case when r.completed_at is null then format('run %s is unlocked without a reopening of record %s', r.number, r.completion_number)
        else format('run %s is completed under record %s, which a reopening superseded', r.number, r.completion_number) end
    from traveler.run r
    where r.completion_number > 0 and (r.completed_at is null) <> exists (
        select from traveler.run_reopening o where o.org_id = r.org_id and o.run_id = r.id and o.record_number = r.completion_number)
    union all
    select 'C4', r.org_id, r.id, format('run %s is completed while a gate blocks: %s', r.number, b.what)
    from traveler.run r join traveler.completion_blocker b on b.org_id = r.org_id and b.run_id = r.id
    where r.completed_at is not null
    union all
    select 'T3', o.org_id, o.org_id, 'users but no active admin'
    from traveler.org o
    where exists (select from traveler.user_account u where u.org_id = o.org_id) and exists (
            select from traveler.user_role ur join traveler.role r on r.org_id = ur.org_id and r.id = ur.role_id and r.name = 'admin'
            where ur.org_id = o.org_id)
        and not exists (
            select from traveler.user_account u
            join traveler.user_role ur on ur.org_id = u.org_id and ur.user_id = u.id and ur.revoked_at is null
            join traveler.role r on r.org_id = ur.org_id and r.id = ur.role_id and r.name = 'admin' and r.built_in
            where u.org_id = o.org_id and u.active)
    union all
    select 'K3', s.org_id, s.id, format('step "%s" is %s while a sibling is %s', s.title, s.state, x.state)
    from traveler.run_step s
    join traveler.run r on r.org_id = s.org_id and r.id = s.run_id and r.completed_at is null
    join traveler.run_step x on x.org_id = s.org_id and x.sibling_id = s.sibling_id and x.id > s.id and x.state <> s.state
    join traveler.run y on y.org_id = x.org_id and y.id = x.run_id and y.completed_at is null
    where s.sibling_id is not null
    union all
    select 'K2', s.org_id, s.id, 'it has siblings, and its run is in no batch'
    from traveler.run_step s
    where s.sibling_id is not null and not exists (select from traveler.batch_run b where b.org_id = s.org_id and b.run_id = s.run_id and b.left_at is null)
    union all
    select v.rule, v.org_id, v.record, v.what from traveler.attribute_violations v
    union all
    select v.rule, v.org_id, v.record, v.what from traveler.split_violations v
    union all
    select v.rule, v.org_id, v.record, v.what from traveler.outside_violations v
    union all
    select v.rule, v.org_id, v.record, v.what from traveler.schedule_violations v
    union all
    select v.rule, v.org_id, v.record, v.what from traveler.supply_violations v
    union all
    select 'P4', g.org_id, g.id, format('signature: %s', g.what) from traveler.signature_violations g
    union all
    select 'C5', a.org_id, a.run_id, format('as-built record %s: %s', a.number, a.what) from traveler.as_built_violations a
    union all
    select 'Y2', h.org_id, h.root_id, format('history of %s, entry %s: %s', h.root_table, h.seq, h.what) from traveler.history_violations h
    union all
    select 'Y2', s.org_id, coalesce(s.root_id, s.org_id), case when s.root_id is null then format('seal %s of the history: %s', s.number, s.what)
        else format('history of %s, entry %s: %s', s.root_table, s.seq, s.what) end
    from traveler.history_seal_violations s
    union all
    select 'Y2', a.org_id, coalesce(a.root_id, a.org_id), format('history detached in %s: %s', to_char(a.month, 'YYYY-MM'), a.what) from traveler_private.archive_violations() a
    union all
    select 'Y1', v.org_id, v.row_id, format('%s: %s', v.table_name, v.what) from traveler_private.record_violations() v;
comment on view traveler.integrity_violations is 'Every invariant that can be a query, as the rows that break it: empty when all is well. Read as the operator: all orgs.';
