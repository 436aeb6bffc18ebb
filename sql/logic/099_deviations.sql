-- Deviations (D5): an out-of-range value is accepted, with a rationale, by someone who did not enter it. It covers that value alone.

create or replace function traveler_private.guard_deviation() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v record;
begin
    perform traveler_private.require('deviation.accept');
    perform from traveler.run r where r.org_id = new.org_id and r.id = new.run_id for no key update;
    select f.name, f.value, f.out_of_range, f.entered_by, s.state, s.attempt, o.deviation_by_enterer into v
    from traveler.run_step_field f
    join traveler.run_step s on s.org_id = f.org_id and s.id = f.run_step_id
    join traveler.org o on o.org_id = f.org_id
    where f.org_id = new.org_id and f.id = new.run_step_field_id and f.run_step_id = new.run_step_id;
    perform traveler_private.demand(found, 404, 'field_unknown', 'T1', 'There is no such field.');
    -- A correction may leave a completed step with a value out of range: without this it could not be accepted (S13).
    perform traveler_private.demand(v.state in ('in_progress', 'completed'), 409, 'deviation_closed', 'S13',
        format('A deviation on "%s" is accepted while its step is in progress or completed; it is %s.', v.name, replace(v.state, '_', ' ')));
    perform traveler_private.demand(v.out_of_range, 409, 'not_out_of_range', 'D5', format('"%s" is not out of range: there is nothing to accept.', v.name));
    perform traveler_private.demand(v.deviation_by_enterer or v.entered_by is distinct from traveler_private.actor(), 403, 'deviation_own_value', 'D5',
        format('Who entered "%s" does not accept its deviation.', v.name), 'Ask another holder of deviation.accept.');
    perform traveler_private.demand(not exists (select from traveler.deviation d
            where d.org_id = new.org_id and d.run_step_field_id = new.run_step_field_id and d.voided_at is null),
        409, 'deviation_exists', 'D5', format('The deviation on "%s" is accepted already.', v.name));
    new.attempt := v.attempt;
    new.value := v.value;
    new.accepted_by := traveler_private.actor();
    new.accepted_at := clock_timestamp();
    new.voided_at := null;
    new.void_reason := null;
    return new;
end
$$;
comment on function traveler_private.guard_deviation is 'Trigger: which value is accepted out of range, by whom, and when (D5).';
create or replace trigger _100_guard_deviation before insert on traveler.deviation
    for each row execute function traveler_private.guard_deviation();

create or replace function traveler_private.sign_deviation() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    insert into traveler.signature (org_id, run_id, run_step_id, kind, deviation_id) values (new.org_id, new.run_id, new.run_step_id, 'deviation', new.id);
    return null;
end
$$;
comment on function traveler_private.sign_deviation is 'Trigger: the acceptance of a deviation is signed.';
create or replace trigger _500_sign_deviation after insert on traveler.deviation
    for each row execute function traveler_private.sign_deviation();

create or replace function traveler_private.deviation_json(p_deviation uuid) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select jsonb_build_object('id', d.id, 'run_id', d.run_id, 'run_step_id', d.run_step_id, 'run_step_field_id', d.run_step_field_id, 'attempt', d.attempt,
            'value', d.value, 'rationale', d.rationale, 'accepted_by', d.accepted_by, 'accepted_at', traveler.json_time(d.accepted_at),
            'voided_at', traveler.json_time(d.voided_at), 'void_reason', d.void_reason, 'version', d.version)
        from traveler.deviation d where d.org_id = traveler_private.org() and d.id = p_deviation
    );
end
$$;
comment on function traveler_private.deviation_json is 'A deviation as JSON.';

-- POST /v1/fields/{id}/deviations: {rationale}
create or replace function traveler.accept_deviation(p_field uuid, p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_id uuid := traveler.new_id();
    v_field traveler.run_step_field;
begin
    perform traveler_private.require('deviation.accept');
    select * into v_field from traveler.run_step_field f where f.org_id = v_org and f.id = p_field;
    perform traveler_private.demand(found, 404, 'field_unknown', 'T1', 'There is no such field.');
    perform traveler_private.lock_steps(array[v_field.run_step_id]);
    insert into traveler.deviation (org_id, id, run_id, run_step_id, run_step_field_id, attempt, value, rationale, accepted_by)
    values (v_org, v_id, v_field.run_id, v_field.run_step_id, p_field, 0, 'null', p_request ->> 'rationale', traveler_private.actor());
    return traveler_private.deviation_json(v_id);
end
$$;
comment on function traveler.accept_deviation is 'Accepts the out-of-range value that a field has now, with a rationale (D5).';
