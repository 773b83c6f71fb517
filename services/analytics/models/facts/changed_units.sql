-- facts.changed_units: the reporting divisions whose reports were just read.
-- grain    one row a division
-- key      division
-- inputs   temp.reports, facts.expected_units, facts.lineage
-- refresh  whole
-- meaning  what must be computed again at the lowest level; in a full build, everyone.
select distinct u.division, l.number
from facts.expected_units as u
join temp.reports as r on r.form = u.form and r.period = u.period and r.division = u.reporter
join facts.lineage as l on l.division = u.division
