-- temp.touched: the metrics and periods of which a row may be other after this batch.
-- grain    one row a metric and period
-- key      metric, period
-- inputs   temp.batch, facts.periods
-- refresh  batch
-- meaning  those whose values changed, and those that are compared with them: the period after, and the same period
--          of the next year.
select metric, period
from temp.batch
union
select c.metric, p.period
from temp.batch as c
join facts.periods as p on p.previous = c.period
union
select c.metric, p.period
from temp.batch as c
join facts.periods as p on p.year_ago = c.period
