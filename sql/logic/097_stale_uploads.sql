-- Uploads that nobody finished (P4): dropped as others are declared, and by the background job.

-- What was cut off and not taken up again within a day goes; nobody has seen it, and it is no record. Whoever comes at once goes by.
create or replace function traveler_private.drop_uploads(p_limit integer) returns integer
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_stale uuid[] := array(select u.id from traveler.attachment_upload u
        where u.org_id = v_org and u.finished_at is null and u.created_at < now() - interval '1 day' order by u.created_at limit p_limit for update skip locked);
    v_dropped integer;
begin
    delete from traveler.attachment_part p where p.org_id = v_org and p.upload_id = any (v_stale);
    delete from traveler.attachment_upload u where u.org_id = v_org and u.id = any (v_stale);
    get diagnostics v_dropped = row_count;
    if v_dropped <> cardinality(v_stale) then
        raise exception 'dropping uploads of %: % of % were dropped', v_org, v_dropped, cardinality(v_stale);
    end if;
    return v_dropped;
end
$$;
comment on function traveler_private.drop_uploads is 'Drops uploads that were declared more than a day ago and not finished, at most p_limit of them; says how many.';

create or replace function traveler.drop_stale_uploads(p_limit integer default 100) returns integer
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform traveler.current_org();
    perform traveler_private.demand((traveler_private.context())[3] = 'system', 403, 'system_only', 'P4', 'Uploads are the background job''s to drop.');
    perform traveler_private.demand(p_limit between 1 and 1000, 422, 'limit_invalid', 'P4', 'From 1 to 1000 uploads are dropped at once.');
    return traveler_private.drop_uploads(p_limit);
end
$$;
comment on function traveler.drop_stale_uploads is 'Drops the org''s uploads that nobody finished within a day, at most p_limit of them; says how many. Granted to the worker only.';
