-- previous: d0e6ae61304cdcfb5ce5b9fadc134438961aef5142baa9eeca9b3f205d41ac0d
-- A redline that is applied to other runs takes sides where they differ (D4): what the logic has in another form from here on.

drop function if exists traveler_private.judge_application(traveler.redline, uuid[]);
drop function if exists traveler_private.application_plan(traveler.redline, uuid[], uuid[]);
