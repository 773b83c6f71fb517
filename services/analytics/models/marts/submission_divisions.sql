-- marts.submission_divisions: the reports that are about a division or those below it.
-- grain    one row a report and division from village to city
-- key      about, form, period, division
-- inputs   facts.submissions, facts.expected_units, facts.ancestors
-- refresh  view
-- meaning  a township reports for its villages, a county for itself: division is who reported, about of whom.
select distinct
    a.ancestor as about,
    s.form,
    s.period,
    s.division,
    s.id,
    s.revision,
    s.received_at,
    s.on_time
from facts.submissions as s
join facts.expected_units as u on u.form = s.form and u.period = s.period and u.reporter = s.division
join facts.ancestors as a on a.division = u.division
