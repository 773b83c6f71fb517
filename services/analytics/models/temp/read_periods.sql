-- temp.read_periods: the periods that metrics computed from other metrics read.
-- grain    one row a period
-- key      period
-- inputs   facts.affected, facts.periods
-- refresh  whole
-- meaning  those that are computed again, and those that such a formula may look back at.
select period
from facts.affected
union
select p.previous as period
from facts.affected as a
join facts.periods as p on p.period = a.period
union
select p.year_ago as period
from facts.affected as a
join facts.periods as p on p.period = a.period
