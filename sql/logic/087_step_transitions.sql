-- S2: the moves as data, with the permission and the reason that each asks for.

insert into traveler.step_transition (from_state, to_state, permission, act, rule, reason) values
    ('todo', 'in_progress', 'run_step.update', 'start', 'S3', 'none'),
    ('todo', 'hold', 'run_step.update', 'hold', 'S10', 'required'),
    ('todo', 'canceled', 'run_step.update', 'cancel', 'S8', 'org'),
    ('in_progress', 'completed', 'run_step.update', 'complete', 'S5', 'none'),
    ('in_progress', 'failed', 'run_step.update', 'fail', 'S6', 'org'),
    ('in_progress', 'hold', 'run_step.update', 'hold', 'S10', 'required'),
    ('in_progress', 'canceled', 'run_step.update', 'cancel', 'S8', 'org'),
    ('in_progress', 'todo', 'run_step.update', 'reset', 'S2', 'required'),
    ('hold', 'todo', 'run_step.update', 'release', 'S9', 'none'),
    ('hold', 'in_progress', 'run_step.update', 'release', 'S9', 'none'),
    ('hold', 'canceled', 'run_step.update', 'cancel', 'S8', 'org'),
    ('failed', 'todo', 'run_step.update', 'retry', 'S14', 'none'),
    ('canceled', 'todo', 'run_step.update', 'restore', 'A3', 'none'),
    ('completed', 'todo', 'run_step.reopen', 'reopen', 'S14', 'required'),
    ('todo', 'redline', 'redline.create', 'redline', 'D1', 'required'),
    ('in_progress', 'redline', 'redline.create', 'redline', 'D1', 'required'),
    ('hold', 'redline', 'redline.create', 'redline', 'D1', 'required'),
    ('failed', 'redline', 'redline.create', 'redline', 'D1', 'required'),
    ('completed', 'redline', 'run_step.reopen', 'redline', 'S2', 'required'),
    ('redline', 'todo', 'redline.approve', 'release_redline', 'D3', 'none'),
    ('redline', 'hold', 'redline.approve', 'release_redline', 'D3', 'none'),
    ('redline', 'canceled', 'redline.approve', 'release_redline', 'D6', 'none'),
    ('redline', 'todo', 'redline.create', 'cancel_redline', 'D3', 'none'),
    ('redline', 'in_progress', 'redline.create', 'cancel_redline', 'D3', 'none'),
    ('redline', 'hold', 'redline.create', 'cancel_redline', 'D3', 'none'),
    ('redline', 'failed', 'redline.create', 'cancel_redline', 'D3', 'none'),
    ('redline', 'completed', 'redline.create', 'cancel_redline', 'D3', 'none'),
    ('redline', 'canceled', 'redline.create', 'cancel_redline', 'D6', 'none')
on conflict (from_state, to_state, act) do update set
    permission = excluded.permission, rule = excluded.rule, reason = excluded.reason
where (step_transition.permission, step_transition.rule, step_transition.reason) <> (excluded.permission, excluded.rule, excluded.reason);
