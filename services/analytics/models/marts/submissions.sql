-- marts.submissions: the newest revision of every report that the numbers rest on.
-- grain    one row a report
-- key      form, period, division
-- inputs   facts.submissions
-- refresh  whole
-- meaning  the link from a number down to the documents behind it.
select s.id, s.form, s.period, s.division, s.revision, s.received_at, s.on_time
from facts.submissions as s
order by s.form, s.period, s.division
