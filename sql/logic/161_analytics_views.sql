-- What analysts read: the contract (E1). Columns are only ever added, at the end; what must change otherwise counts the major version up.
-- Each view is the org's own rows by the policies underneath, so there is no org_id to ask for. It is long since it is one contract, view after
-- view, each with what its columns mean: who changes it reads it whole.
--
-- Times are timestamptz. Who did something is an actor, `user:<id>` or `system:<job>`: analytics.users has the same text to join by.

create or replace view analytics.contract_version with (security_invoker = true) as
    select 2 as major, 0 as minor;
select traveler_private.describe('analytics.contract_version', 'The version of this contract: one row.',
    'major', 'Counts the changes that may break what was written against the views.',
    'minor', 'Counts what was added since: views, functions, columns at the end of views.');

create or replace view analytics.users with (security_invoker = true) as
    select u.id, 'user:' || u.id as actor, u.name, u.active, u.created_at
    from traveler.user_account u;
select traveler_private.describe('analytics.users', 'The people of the org.',
    'id', 'The user''s id.',
    'actor', 'The user as created_by, completed_by and the like name one: user:<id>.',
    'name', 'The user''s name.',
    'active', 'Whether the user may sign in.',
    'created_at', 'When the user was added.');

create or replace view analytics.parts with (security_invoker = true) as
    select p.id, p.part_number, p.revision, p.name, p.description, p.tracking, p.unit, p.archived_at, p.created_at
    from traveler.part p;
select traveler_private.describe('analytics.parts', 'The parts of the org, one row a revision.',
    'id', 'The part''s id.',
    'part_number', 'The number that people know it by.',
    'revision', 'Its revision.',
    'name', 'What it is called.',
    'description', 'What it is.',
    'tracking', 'none, lot or serial: what its inventory is told apart by (I1).',
    'unit', 'The unit of its quantities.',
    'archived_at', 'When it was archived; null while in use.',
    'created_at', 'When it was made known.');

create or replace view analytics.locations with (security_invoker = true) as
    select l.id, l.parent_id, l.name, l.work_center, l.available, l.capacity, l.archived_at, l.created_at
    from traveler.location l;
select traveler_private.describe('analytics.locations', 'Places: where inventory lies, and work centers.',
    'id', 'The location''s id.',
    'parent_id', 'The location that it is in.',
    'name', 'Its name.',
    'work_center', 'Whether work is done there.',
    'available', 'Whether what lies there may be used (I2).',
    'capacity', 'How many steps it can work on at a time; null where nobody said (H4).',
    'archived_at', 'When it was archived; null while in use.',
    'created_at', 'When it was made known.');

create or replace view analytics.procedures with (security_invoker = true) as
    select p.id, p.family_id, p.version_number, p.title, p.description, p.part_id, p.state, p.standard, p.released_at, p.created_at,
        p.attributes
    from traveler.procedure p;
select traveler_private.describe('analytics.procedures', 'Versions of procedures (P1).',
    'id', 'The id of this version.',
    'family_id', 'What all versions of one procedure share.',
    'version_number', 'Counted within the family from 1.',
    'title', 'Its title.',
    'description', 'What it is for.',
    'part_id', 'The part that it builds; null where it names none.',
    'state', 'draft, in_review, released or archived.',
    'standard', 'Whether it is one step for others to refer to.',
    'released_at', 'When it was released.',
    'created_at', 'When this version was begun.',
    'attributes', 'The org''s own attributes of it, by their keys, as JSON (F2).');

create or replace view analytics.runs with (security_invoker = true) as
    select r.id, r.number, r.title, r.status, r.quantity, r.part_id, p.part_number, p.revision as part_revision, p.name as part_name, p.unit,
        r.procedure_id, c.family_id as procedure_family_id, c.title as procedure_title, c.version_number as procedure_version,
        b.batch_id, 'user:' || r.created_by as created_by, r.created_at, r.started_at, r.completed_at, r.completed_by, r.completion_number,
        r.steps_total, r.steps_todo, r.steps_in_progress, r.steps_hold, r.steps_redline, r.steps_completed, r.steps_failed, r.steps_canceled,
        r.scheduled_start, r.scheduled_end, r.due_at, r.attributes
    from traveler.run r
    join traveler.part p on p.org_id = r.org_id and p.id = r.part_id
    left join traveler.procedure c on c.org_id = r.org_id and c.id = r.procedure_id
    left join traveler.batch_run b on b.org_id = r.org_id and b.run_id = r.id and b.left_at is null;
select traveler_private.describe('analytics.runs', 'Runs: one execution of a procedure against one part inventory each.',
    'id', 'The run''s id.',
    'number', 'The number that people say, counted per org from 1.',
    'title', 'Its title.',
    'status', 'todo, in_progress, hold, redline, failed, canceled, complete or partial_complete: derived from its steps (R1).',
    'quantity', 'How many units it builds, in the part''s unit.',
    'part_id', 'What it builds.',
    'part_number', 'The number of that part.',
    'part_revision', 'Its revision.',
    'part_name', 'Its name.',
    'unit', 'The unit of the quantity.',
    'procedure_id', 'The version that it is a copy of (P2); null for a run without one (D7).',
    'procedure_family_id', 'The family of that version, the same for all versions of one procedure.',
    'procedure_title', 'The title of that version.',
    'procedure_version', 'The number of that version.',
    'batch_id', 'The batch that it is in now (K1); null outside of batches.',
    'created_by', 'The actor who made it; null for work of the system.',
    'created_at', 'When it was made.',
    'started_at', 'When its first step started; never moves (S3).',
    'completed_at', 'When its completion was recorded (C3); null while it is live.',
    'completed_by', 'The actor whose act completed it.',
    'completion_number', 'How many times its completion was recorded: the number of its newest as-built record (C5).',
    'steps_total', 'How many steps it has, nested ones too, withdrawn ones not.',
    'steps_todo', 'How many of them are in todo.',
    'steps_in_progress', 'How many are in progress.',
    'steps_hold', 'How many are on hold.',
    'steps_redline', 'How many are in redline.',
    'steps_completed', 'How many are completed.',
    'steps_failed', 'How many are failed.',
    'steps_canceled', 'How many are canceled.',
    'scheduled_start', 'When it is planned to start, where somebody said so for the run itself (H1); see analytics.schedule.',
    'scheduled_end', 'When it is planned to end, where somebody said so for the run itself.',
    'due_at', 'When it has to be done.',
    'attributes', 'The org''s own attributes of it, by their keys, as JSON (F2); analytics.run_attributes has them by row.');

create or replace view analytics.run_steps with (security_invoker = true) as
    select s.id, s.run_id, s.parent_id, s.depth, s.position, s.title, s.instructions, s.state, s.required, s.outside_process, s.attempt,
        s.location_id, l.name as location, s.lead_time_seconds, s.started_at, s.completed_at, s.completed_by, s.held_from, s.state_reason,
        s.state_changed_at, s.state_changed_by, s.scheduled_start, s.scheduled_end, s.origin_step_id, s.created_at, s.withdrawn_at,
        s.attributes
    from traveler.run_step s
    left join traveler.location l on l.org_id = s.org_id and l.id = s.location_id;
select traveler_private.describe('analytics.run_steps', 'The steps of runs.',
    'id', 'The step''s id.',
    'run_id', 'Its run.',
    'parent_id', 'The step that it is nested in; null at the top.',
    'depth', 'How deep it is nested: 1 at the top.',
    'position', 'Its place in the display order among the steps beside it, the least first, not always whole; it is not its order of work.',
    'title', 'Its title.',
    'instructions', 'What to do.',
    'state', 'todo, in_progress, hold, redline, completed, failed or canceled (S2).',
    'required', 'Whether the run can''t complete without it (C1).',
    'outside_process', 'Whether a supplier does it (O1).',
    'attempt', 'Counts from 1; each return of a started step to todo begins the next (S14).',
    'location_id', 'Its work center.',
    'location', 'The name of that.',
    'lead_time_seconds', 'How long it is planned to take.',
    'started_at', 'When it was started, in this attempt.',
    'completed_at', 'When it was signed off.',
    'completed_by', 'The actor who signed it off.',
    'held_from', 'The state that it was put on hold from (S9).',
    'state_reason', 'The reason that was given for its last move (S10).',
    'state_changed_at', 'When it came into its state; null before its first move.',
    'state_changed_by', 'The actor who moved it there.',
    'scheduled_start', 'When it is planned to start (H1).',
    'scheduled_end', 'When it is planned to end.',
    'origin_step_id', 'The step of the procedure that it was copied from; null where a redline added it. The same for all runs of one version.',
    'created_at', 'When it came into the run.',
    'withdrawn_at', 'When it was withdrawn by a redline: kept, and counted nowhere (D6).',
    'attributes', 'The org''s own attributes of it, by their keys, as JSON (F2).');

create or replace view analytics.run_step_fields with (security_invoker = true) as
    select f.id, f.run_id, f.run_step_id, f.position, f.name, f.type, f.unit, f.required, f.allow_not_applicable, f.options,
        f.minimum, f.maximum, f.target, f.tolerance_minus, f.tolerance_plus, f.value, f.value #>> '{}' as value_text, f.number_value,
        f.not_applicable, f.out_of_range, f.stale, f.meaning, f.entered_by, f.entered_at, f.created_at, f.withdrawn_at
    from traveler.run_step_field f;
select traveler_private.describe('analytics.run_step_fields', 'The fields of steps, each with its value of now.',
    'id', 'The field''s id.',
    'run_id', 'Its run.',
    'run_step_id', 'Its step.',
    'position', 'Its place in the step.',
    'name', 'Its name.',
    'type', 'text, number, boolean, pass_fail, datetime, date, select, multiselect, file, signoff, tool, user, part or datagrid (P4).',
    'unit', 'The unit of its number.',
    'required', 'Whether its step can''t be signed off without it (S5).',
    'allow_not_applicable', 'Whether not applicable is an answer.',
    'options', 'What can be chosen, of a select or multiselect.',
    'minimum', 'The least number in range.',
    'maximum', 'The greatest number in range.',
    'target', 'The number aimed at, where the range is a target with tolerances.',
    'tolerance_minus', 'How far below the target is in range.',
    'tolerance_plus', 'How far above the target is in range.',
    'value', 'The value, as JSON; null where none was entered.',
    'value_text', 'The value as text.',
    'number_value', 'The value of a number field, exact.',
    'not_applicable', 'Whether it was answered as not applicable.',
    'out_of_range', 'Whether the value is out of its range.',
    'stale', 'Whether what its signature covers has changed since (C1).',
    'meaning', 'What a signature on it means.',
    'entered_by', 'The actor who entered the value.',
    'entered_at', 'When the value was entered.',
    'created_at', 'When the field came into the run.',
    'withdrawn_at', 'When a redline withdrew it.');

create or replace view analytics.run_step_dependencies with (security_invoker = true) as
    select e.id, e.run_id, e.upstream_id, e.downstream_id, e.created_at, e.withdrawn_at
    from traveler.run_step_edge e;
select traveler_private.describe('analytics.run_step_dependencies', 'Which step of a run waits for which (A1).',
    'id', 'The dependency''s id.',
    'run_id', 'The run.',
    'upstream_id', 'The step that comes first.',
    'downstream_id', 'The step that waits for it.',
    'created_at', 'When it came into the run.',
    'withdrawn_at', 'When a redline withdrew it; null while it holds.');

create or replace view analytics.run_step_sessions with (security_invoker = true) as
    select l.id, l.run_id, l.run_step_id, l.user_id, u.name as user_name, l.started_at, l.ended_at, l.divided_id, l.divided_by,
        traveler.divided_seconds(floor(extract(epoch from l.ended_at - l.started_at))::bigint, l.divided_by, l.divided_place) as seconds,
        (select sum(d.seconds * d.hourly_rate) / 3600 from traveler.labor_day d
            where d.org_id = l.org_id and d.labor_session_id = l.id and l.ended_at is not null) as cost
    from traveler.labor_session l
    join traveler.user_account u on u.org_id = l.org_id and u.id = l.user_id;
select traveler_private.describe('analytics.run_step_sessions', 'Labor: one check-in and check-out of one user on one step each (L1).',
    'id', 'The session''s id.',
    'run_id', 'The run.',
    'run_step_id', 'The step.',
    'user_id', 'Who worked.',
    'user_name', 'The name of that user.',
    'started_at', 'When the user checked in.',
    'ended_at', 'When the user checked out; null while checked in.',
    'divided_id', 'What the sessions share that one user''s work on a batch was divided into (K6).',
    'divided_by', 'By how many runs the time was divided.',
    'seconds', 'This run''s share of the time, in whole seconds; null while it is open.',
    'cost', 'The same at the rate of each day (L4), unrounded; null while it is open or where no rate is known.');

create or replace view analytics.completion_blockers with (security_invoker = true) as
    select b.run_id, b.kind, b.rule, b.run_step_id, b.subject_id, b.what, b.clear, b.since
    from traveler.completion_blocker b;
select traveler_private.describe('analytics.completion_blockers', 'What stands in the way of each live run''s completion (C1). Name a run_id: it is made anew for what is asked.',
    'run_id', 'The run.',
    'kind', 'What blocks, as a word: required_step_open, field_missing, requirement_unmet and so on.',
    'rule', 'The rule that says so.',
    'run_step_id', 'The step where it stands; null for the run as a whole.',
    'subject_id', 'The id of what blocks: a step, a field, a requirement.',
    'what', 'What blocks, for people.',
    'clear', 'What would clear it.',
    'since', 'Since when it is so.');

create or replace view analytics.build_requirements with (security_invoker = true) as
    select q.id, q.run_id, q.run_step_id, q.run_split_id, q.parent_id, q.part_id, p.part_number, p.revision as part_revision, p.name as part_name, p.unit,
        q.quantity_per_unit, q.quantity_needed, q.quantity_installed, q.quantity_excepted, q.quantity_shared, q.quantity_carried,
        q.reference_designators, q.made_on_assembly, q.created_at, q.withdrawn_at
    from traveler.build_requirement q
    join traveler.part p on p.org_id = q.org_id and p.id = q.part_id;
select traveler_private.describe('analytics.build_requirements', 'What runs need to have installed (B1).',
    'id', 'The requirement''s id.',
    'run_id', 'The run.',
    'run_step_id', 'The step that asks for it; null for a line of the mBOM.',
    'run_split_id', 'The group that was split off with it (X2); null for the run itself.',
    'parent_id', 'The requirement made on assembly that it stands under (B7).',
    'part_id', 'What is needed.',
    'part_number', 'The number of that part.',
    'part_revision', 'Its revision.',
    'part_name', 'Its name.',
    'unit', 'The unit of the quantities.',
    'quantity_per_unit', 'How much one unit of the run needs.',
    'quantity_needed', 'How much is needed in all.',
    'quantity_installed', 'How much is installed.',
    'quantity_excepted', 'How much is excepted by issues (B5).',
    'quantity_shared', 'How much of what is installed is shared with a group that was split off (X4).',
    'quantity_carried', 'How much was there before this run (B1).',
    'reference_designators', 'Where it goes, by designator.',
    'made_on_assembly', 'Whether the run makes it in place (B7).',
    'created_at', 'When it came into the run.',
    'withdrawn_at', 'When a redline withdrew it.');

create or replace view analytics.part_inventory with (security_invoker = true) as
    select i.id, i.part_id, p.part_number, p.revision as part_revision, p.name as part_name, p.unit, i.serial_number, i.lot_number, i.quantity, i.status,
        i.status = 'available' and coalesce(i.expires_at > now(), true) and coalesce(l.available, true) as available,
        i.location_id, l.name as location, i.installation_id, i.building_run_id, i.reserved_run_id, i.kit_name, i.origin_id, i.merged_into_id,
        i.issue_hold, i.hold_reason, i.quantity_scrapped, i.quantity_shipped, i.expires_at, i.created_at, i.attributes
    from traveler.part_inventory i
    join traveler.part p on p.org_id = i.org_id and p.id = i.part_id
    left join traveler.location l on l.org_id = i.org_id and l.id = i.location_id;
select traveler_private.describe('analytics.part_inventory', 'Part inventory: a serialized unit, a lot quantity or an untracked quantity a row (I1).',
    'id', 'The id of the row.',
    'part_id', 'What it is.',
    'part_number', 'The number of that part.',
    'part_revision', 'Its revision.',
    'part_name', 'Its name.',
    'unit', 'The unit of the quantity.',
    'serial_number', 'The serial number of a unit.',
    'lot_number', 'The lot.',
    'quantity', 'How much there is.',
    'status', 'scrapped, installed, never_built, work_in_progress, unavailable, kitted, reserved or available: derived (I2).',
    'available', 'Whether it can be used now: it is available, has not expired, and lies at no place that is marked unavailable.',
    'location_id', 'Where it lies; null for what is installed, which is where its assembly is (B3).',
    'location', 'The name of that place.',
    'installation_id', 'The installation that it is in; null for what is not installed.',
    'building_run_id', 'The live run that builds it.',
    'reserved_run_id', 'The run that it is reserved or kitted for.',
    'kit_name', 'The kit that it is in.',
    'origin_id', 'The row that it was split off (I5).',
    'merged_into_id', 'The row that it was merged into.',
    'issue_hold', 'Whether an issue holds it.',
    'hold_reason', 'Why quality holds it; null where it does not.',
    'quantity_scrapped', 'How much of it was scrapped.',
    'quantity_shipped', 'How much of it was shipped.',
    'expires_at', 'When it expires.',
    'created_at', 'When it came to be.',
    'attributes', 'The org''s own attributes of it, by their keys, as JSON (F2).');

create or replace view analytics.part_inventory_history with (security_invoker = true) as
    select m.id, coalesce(t.id, f.id) as part_inventory_id, coalesce(t.part_id, f.part_id) as part_id, m.kind, m.from_inventory_id, m.to_inventory_id, m.quantity,
        m.run_id, m.reason, m.moved_by, m.created_at
    from traveler.inventory_movement m
    left join traveler.part_inventory f on f.org_id = m.org_id and f.id = m.from_inventory_id
    left join traveler.part_inventory t on t.org_id = m.org_id and t.id = m.to_inventory_id;
select traveler_private.describe('analytics.part_inventory_history', 'Every movement of quantity (I4), from which each row''s quantity adds up.',
    'id', 'The movement''s id.',
    'part_inventory_id', 'The row that it went to, or else came from.',
    'part_id', 'The part that moved.',
    'kind', 'receive, build, split, merge, adjust, scrap, unscrap, ship or return.',
    'from_inventory_id', 'The row that it left; null for what came from outside.',
    'to_inventory_id', 'The row that it came to; null for what left.',
    'quantity', 'How much moved.',
    'run_id', 'The run that moved it.',
    'reason', 'The reason that was given.',
    'moved_by', 'The actor who moved it.',
    'created_at', 'When it moved.');

create or replace view analytics.abom_installations with (security_invoker = true) as
    select n.id, n.run_id, n.build_requirement_id, n.run_split_id, n.assembly_inventory_id, n.part_inventory_id, i.part_id, p.part_number,
        p.revision as part_revision, i.serial_number, i.lot_number, n.quantity, n.reference_designator, n.made_on_assembly, n.shares,
        n.installed_by, n.installed_at, n.removed_by, n.removed_at, n.removal_reason
    from traveler.installation n
    join traveler.part_inventory i on i.org_id = n.org_id and i.id = n.part_inventory_id
    join traveler.part p on p.org_id = i.org_id and p.id = i.part_id;
select traveler_private.describe('analytics.abom_installations', 'What was installed where, one level each (B2); also what was taken out again.',
    'id', 'The installation''s id.',
    'run_id', 'The run that installed it.',
    'build_requirement_id', 'The requirement that it meets.',
    'run_split_id', 'The group of the run whose it is (X4).',
    'assembly_inventory_id', 'The unit that it is in; null for what went into the run as a whole.',
    'part_inventory_id', 'What is installed.',
    'part_id', 'Its part.',
    'part_number', 'The number of that part.',
    'part_revision', 'Its revision.',
    'serial_number', 'Its serial number.',
    'lot_number', 'Its lot.',
    'quantity', 'How much.',
    'reference_designator', 'Where, by designator.',
    'made_on_assembly', 'Whether the run made it in place (B7).',
    'shares', 'With how many groups it is shared (X4).',
    'installed_by', 'The actor who installed it.',
    'installed_at', 'When.',
    'removed_by', 'The actor who took it out.',
    'removed_at', 'When it was taken out; null while it is in.',
    'removal_reason', 'Why it was taken out.');

create or replace view analytics.issues with (security_invoker = true) as
    select i.id, i.number, i.title, i.description, i.state, i.state_reason, i.cause, i.run_id, i.run_step_id, i.disposition_type_id, t.name as disposition,
        t.availability as disposition_availability, i.disposition_note, i.disposed_by, i.disposed_at, i.assigned_to, i.created_by, i.created_at,
        i.resolved_by, i.resolved_at, i.attributes
    from traveler.issue i
    left join traveler.disposition_type t on t.org_id = i.org_id and t.id = i.disposition_type_id;
select traveler_private.describe('analytics.issues', 'Issues (Q1).',
    'id', 'The issue''s id.',
    'number', 'The number that people say, counted per org from 1.',
    'title', 'Its title.',
    'description', 'What it is about.',
    'state', 'pending, in_progress, in_review or resolved.',
    'state_reason', 'The reason that was given for its last move.',
    'cause', 'Its cause, as far as it is known.',
    'run_id', 'The run where it arose.',
    'run_step_id', 'The step where it arose.',
    'disposition_type_id', 'What is done about it, by type.',
    'disposition', 'The name of that type.',
    'disposition_availability', 'What that type means for the inventory: available_immediately, release_on_resolve or permanently_unavailable.',
    'disposition_note', 'What is done about it, in words.',
    'disposed_by', 'The actor who decided that.',
    'disposed_at', 'When it was decided.',
    'assigned_to', 'The user who sees to it.',
    'created_by', 'The actor who raised it.',
    'created_at', 'When it was raised.',
    'resolved_by', 'The actor who resolved it.',
    'resolved_at', 'When it was resolved.',
    'attributes', 'The org''s own attributes of it, by their keys, as JSON (F2).');

create or replace view analytics.redlines with (security_invoker = true) as
    select d.id, d.run_id, d.run_step_id, d.number, d.kind, d.state, d.reason, d.author, d.issue_id, d.applied_from_id, d.before, d.after,
        d.opened_at, d.closed_by, d.closed_at
    from traveler.redline d;
select traveler_private.describe('analytics.redlines', 'Redlines: recorded changes to the steps of one run (D1).',
    'id', 'The redline''s id.',
    'run_id', 'The run.',
    'run_step_id', 'The step.',
    'number', 'Counted within the run from 1.',
    'kind', 'What it does: add, modify or remove.',
    'state', 'open, submitted, approved, rejected, released or canceled.',
    'reason', 'Why.',
    'author', 'The actor who opened it.',
    'issue_id', 'The issue that it answers.',
    'applied_from_id', 'The redline of another run that it was applied from (D4).',
    'before', 'The step before it, as JSON.',
    'after', 'The step after it, as JSON.',
    'opened_at', 'When it was opened.',
    'closed_by', 'The actor who released or canceled it.',
    'closed_at', 'When it was released or canceled.');

create or replace view analytics.deviations with (security_invoker = true) as
    select d.id, d.run_id, d.run_step_id, d.run_step_field_id, d.attempt, d.value, d.value #>> '{}' as value_text, d.rationale, d.accepted_by, d.accepted_at,
        d.voided_at, d.void_reason
    from traveler.deviation d;
select traveler_private.describe('analytics.deviations', 'Values out of range that somebody accepted (D5).',
    'id', 'The deviation''s id.',
    'run_id', 'The run.',
    'run_step_id', 'The step.',
    'run_step_field_id', 'The field.',
    'attempt', 'The attempt of the step (S14).',
    'value', 'The value that was accepted, as JSON.',
    'value_text', 'The same as text.',
    'rationale', 'Why it was accepted.',
    'accepted_by', 'The actor who accepted it.',
    'accepted_at', 'When.',
    'voided_at', 'When it became void; null while it holds.',
    'void_reason', 'Why it became void.');

create or replace view analytics.signatures with (security_invoker = true) as
    select g.id, g.run_id, g.run_step_id, g.kind, g.run_step_field_id, g.approval_id, g.deviation_id, g.attempt, g.meaning, g.signed_by, g.printed_name,
        g.role, g.signed_at, encode(g.digest, 'hex') as digest, g.voided_at, g.void_reason
    from traveler.signature g;
select traveler_private.describe('analytics.signatures', 'Signatures: who stood for what, and when.',
    'id', 'The signature''s id.',
    'run_id', 'The run.',
    'run_step_id', 'The step.',
    'kind', 'What was signed: step, field, approval or deviation.',
    'run_step_field_id', 'The sign-off field, for one of a field.',
    'approval_id', 'The approval, for one of those.',
    'deviation_id', 'The deviation, for one of those.',
    'attempt', 'The attempt of the step (S14).',
    'meaning', 'What the signature means.',
    'signed_by', 'The actor who signed.',
    'printed_name', 'The name of that user at the time.',
    'role', 'The role in which it was given.',
    'signed_at', 'When.',
    'digest', 'SHA-256, in hex, of the document that was signed.',
    'voided_at', 'When it became void; null while it holds.',
    'void_reason', 'Why it became void.');

create or replace view analytics.run_batches with (security_invoker = true) as
    select m.id, m.batch_id, b.number as batch_number, b.title as batch_title, m.run_id, m.joined_by, m.created_at as joined_at, m.left_by, m.left_at,
        m.left_reason, b.dissolved_at
    from traveler.batch_run m
    join traveler.batch b on b.org_id = m.org_id and b.id = m.batch_id;
select traveler_private.describe('analytics.run_batches', 'Which run is, or was, in which batch (K1).',
    'id', 'The membership''s id.',
    'batch_id', 'The batch.',
    'batch_number', 'Its number, counted per org from 1.',
    'batch_title', 'Its title.',
    'run_id', 'The run.',
    'joined_by', 'The actor who put the run in.',
    'joined_at', 'When.',
    'left_by', 'The actor who took it out.',
    'left_at', 'When it left; null while it is in.',
    'left_reason', 'Why it left.',
    'dissolved_at', 'When the batch was dissolved.');

create or replace view analytics.purchase_orders with (security_invoker = true) as
    select l.id, o.id as purchase_order_id, o.number, o.status, s.code as supplier_code, s.name as supplier, o.note, o.created_by, o.created_at,
        l.position, l.part_id, l.description, l.operation, l.quantity, l.unit_price, l.currency, l.need_date, l.state, l.state_reason, l.state_changed_at,
        l.quantity_sent, l.quantity_received, l.quantity_short
    from traveler.purchase_order_line l
    join traveler.purchase_order o on o.org_id = l.org_id and o.id = l.purchase_order_id
    join traveler.supplier s on s.org_id = o.org_id and s.id = o.supplier_id;
select traveler_private.describe('analytics.purchase_orders', 'Purchase orders for outside processing, one row a line (O1).',
    'id', 'The id of the line.',
    'purchase_order_id', 'The order.',
    'number', 'The number of the order, counted per org from 1.',
    'status', 'The status of the order, derived from its lines (O2).',
    'supplier_code', 'The supplier''s code.',
    'supplier', 'The supplier''s name.',
    'note', 'What the order says to the supplier.',
    'created_by', 'The actor who made the order.',
    'created_at', 'When it was made.',
    'position', 'The place of the line in the order.',
    'part_id', 'The part that is worked on.',
    'description', 'What is ordered, in words.',
    'operation', 'What is done.',
    'quantity', 'How many.',
    'unit_price', 'What one costs.',
    'currency', 'In which currency.',
    'need_date', 'When they are needed.',
    'state', 'draft, requested, approved, ordered, partially_received, received or canceled.',
    'state_reason', 'The reason that was given for its last move.',
    'state_changed_at', 'When it came into its state.',
    'quantity_sent', 'How many were sent.',
    'quantity_received', 'How many came back.',
    'quantity_short', 'How many will not come back.');

create or replace view analytics.schedule with (security_invoker = true) as
    select r.id as run_id, null::uuid as run_step_id, r.title, r.status as state, null::uuid as location_id, r.scheduled_start, r.scheduled_end,
        c.effective_start, c.effective_end, r.due_at
    from traveler.run r
    left join traveler.run_schedule c on c.org_id = r.org_id and c.run_id = r.id
    union all
    select s.run_id, s.id, s.title, s.state, s.location_id, s.scheduled_start, s.scheduled_end,
        coalesce(s.scheduled_start, n.starts), coalesce(s.scheduled_end, n.ends), r.due_at
    from traveler.run_step s
    join traveler.run r on r.org_id = s.org_id and r.id = s.run_id
    left join traveler.nested_schedule n on n.org_id = s.org_id and n.run_step_id = s.id
    where s.withdrawn_at is null;
select traveler_private.describe('analytics.schedule', 'When runs and their steps are planned (H1): a row for each run, and one for each of its steps.',
    'run_id', 'The run.',
    'run_step_id', 'The step; null in the run''s own row.',
    'title', 'The title of the run or the step.',
    'state', 'The status of the run, or the state of the step.',
    'location_id', 'The step''s work center.',
    'scheduled_start', 'The start that somebody gave for this run or step itself.',
    'scheduled_end', 'The end that somebody gave for it.',
    'effective_start', 'The start that holds: its own, or that of the earliest of what is in it.',
    'effective_end', 'The end that holds: its own, or that of the latest of what is in it.',
    'due_at', 'When the run has to be done.');

-- Without what is about signing in: credentials and whose roles are which are not production's.
create or replace view analytics.transaction_history with (security_invoker = true) as
    select h.root_table, h.root_id, h.seq, h.at, h.table_name, h.row_id, h.operation, h.actor, h.via, h.db_role, h.request_id, h.reason,
        h.transaction_id::text as transaction_id, h.payload::jsonb -> 'before' as before, h.payload::jsonb -> 'after' as after, h.payload,
        encode(h.digest, 'hex') as digest
    from traveler.transaction_history h
    where h.root_table <> 'user_account';
select traveler_private.describe('analytics.transaction_history', 'Every change to every record of production (Y1), in chains by root: a run and all that belongs to it is one. Filter by root_id, row_id or at.',
    'root_table', 'The table of the record whose chain the entry is in: run, part_inventory, issue, procedure and so on.',
    'root_id', 'The id of that record.',
    'seq', 'The place of the entry in that chain, from 1 without a gap.',
    'at', 'When it was written.',
    'table_name', 'The table that changed.',
    'row_id', 'The id of the row that changed.',
    'operation', 'insert, update or delete.',
    'actor', 'Who acted: user:<id> or system:<job>.',
    'via', 'service or system: the door by which they came.',
    'db_role', 'The database role that it came by.',
    'request_id', 'The request that it was a part of.',
    'reason', 'The reason that was given for the act.',
    'transaction_id', 'What all entries of one transaction share.',
    'before', 'The row before, as JSON; null for an insert.',
    'after', 'The row after, as JSON; null for a delete.',
    'payload', 'The entry as text, the very bytes that its digest covers.',
    'digest', 'SHA-256, in hex, of the digest before it in the chain and of its payload (Y2).');

create or replace view analytics.reopenings with (security_invoker = true) as
    select o.id, o.run_id, o.record_number, o.reason, o.reopened_by, o.created_at as reopened_at
    from traveler.run_reopening o;
select traveler_private.describe('analytics.reopenings', 'Completed runs that were opened again (C6).',
    'id', 'The reopening''s id.',
    'run_id', 'The run.',
    'record_number', 'The number of the as-built record that it superseded.',
    'reason', 'Why.',
    'reopened_by', 'The actor who did it.',
    'reopened_at', 'When.');

create or replace view analytics.dictionary with (security_invoker = true) as
    select c.relname::text as view_name, pg_catalog.obj_description(c.oid, 'pg_class') as view_is, a.attnum::integer as position, a.attname::text as column_name,
        pg_catalog.format_type(a.atttypid, a.atttypmod) as type, pg_catalog.col_description(c.oid, a.attnum) as column_is
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace and n.nspname = 'analytics'
    join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.relkind = 'v';
select traveler_private.describe('analytics.dictionary', 'This contract, column by column.',
    'view_name', 'The view.',
    'view_is', 'What a row of the view is.',
    'position', 'The column''s place.',
    'column_name', 'The column.',
    'type', 'Its type.',
    'column_is', 'What it holds.');
