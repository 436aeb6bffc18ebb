-- What must always hold of split runs, as queries that find where it does not (X1-X9).

create or replace view traveler.split_violations with (security_invoker = true) as
    with line_group as (
        -- The groups of a run: its own units, and each open group.
        select r.org_id, r.id as run_id, null::uuid as run_split_id, r.quantity from traveler.run r
        union all
        select s.org_id, s.run_id, s.id, s.quantity from traveler.run_split s where s.closed_at is null
    )
    select 'X2' as rule, q.org_id, q.id as record, format('needs %s, %s a unit for %s units', q.quantity_needed, q.quantity_per_unit, g.quantity) as what
    from traveler.build_requirement q
    join line_group g on g.org_id = q.org_id and g.run_id = q.run_id and g.run_split_id is not distinct from q.run_split_id
    where q.quantity_needed <> case when q.withdrawn_at is null then q.quantity_per_unit * g.quantity else 0 end
    union all
    select 'X1', g.org_id, coalesce(g.run_split_id, g.run_id), format('is of %s units, its rows hold %s', g.quantity, u.quantity)
    from line_group g
    join traveler.run r on r.org_id = g.org_id and r.id = g.run_id and (g.run_split_id is not null or r.completed_at is null)
    cross join lateral (
        select sum(coalesce(ri.quantity_freed, i.quantity + i.quantity_scrapped)) as quantity
        from traveler.run_inventory ri join traveler.part_inventory i on i.org_id = ri.org_id and i.id = ri.part_inventory_id
        where ri.org_id = g.org_id and ri.run_id = g.run_id and ri.run_split_id is not distinct from g.run_split_id) u
    where u.quantity <> g.quantity and not exists (
        select from traveler.as_built_record a where a.org_id = g.org_id and a.run_id = g.run_id and g.run_split_id is null)
    union all
    select 'X9', i.org_id, i.id, case when i.run_split_id is null then 'of an open group, and does not say so' else 'says that it is of a group that does not have it' end
    from traveler.part_inventory i
    left join (select ri.org_id, ri.part_inventory_id, ri.run_split_id from traveler.run_inventory ri
        join traveler.run_split s on s.org_id = ri.org_id and s.id = ri.run_split_id and s.closed_at is null) x on x.org_id = i.org_id and x.part_inventory_id = i.id
    where i.run_split_id is distinct from x.run_split_id
    union all
    select 'X4', n.org_id, n.id, format('shared with %s other groups, %s are counted', x.count, n.shares)
    from traveler.installation n
    cross join lateral (select count(*) from traveler.installation_share s where s.org_id = n.org_id and s.installation_id = n.id and s.ended_at is null) x
    where x.count <> n.shares
    union all
    select 'X4', q.org_id, q.id, format('shares %s, %s are counted', x.quantity, q.quantity_shared)
    from traveler.build_requirement q
    cross join lateral (select coalesce(sum(n.quantity), 0) as quantity from traveler.installation n
        where n.org_id = q.org_id and n.removed_at is null and n.shares > 0 and (n.build_requirement_id = q.id or exists (
            select from traveler.installation_share s where s.org_id = n.org_id and s.installation_id = n.id and s.build_requirement_id = q.id and s.ended_at is null))) x
    where (q.quantity_shared > 0 or exists (select from traveler.installation_share s where s.org_id = q.org_id and s.build_requirement_id = q.id and s.ended_at is null))
        and x.quantity <> q.quantity_shared
    union all
    select 'X3', l.org_id, l.id, format('the groups that share it would have %s more than they need', -s.slack)
    from (select distinct q.org_id, coalesce(q.origin_id, q.id) as id from traveler.build_requirement q where q.quantity_shared > 0) l
    cross join lateral (select min(x.slack) as slack from traveler_private.share_slack(l.org_id, l.id) x) s
    where s.slack < 0
    union all
    select 'X5', n.org_id, n.id, 'shared by a group that is closed, or of a run that is completed'
    from traveler.installation n
    join traveler.installation_share s on s.org_id = n.org_id and s.installation_id = n.id and s.ended_at is null
    join traveler.build_requirement b on b.org_id = s.org_id and b.id = s.build_requirement_id
    left join traveler.run_split g on g.org_id = b.org_id and g.id = b.run_split_id
    left join traveler.run_split o on o.org_id = n.org_id and o.id = n.run_split_id
    join traveler.run r on r.org_id = n.org_id and r.id = n.run_id
    where g.closed_at is not null or o.closed_at is not null or r.completed_at is not null and (b.run_split_id is null or n.run_split_id is null);
comment on view traveler.split_violations is 'Split runs whose units, needs or shares do not add up: empty when all do (X1-X9).';
