-- facts.begun: the periods of each form in which something is due already.
-- grain    one row a form and period
-- key      form, period
-- inputs   facts.expected_reports, facts.period_parts
-- refresh  whole
-- meaning  a sum from the start of the year stands for a period that has begun, never for one to come.
select distinct e.form, x.period
from facts.expected_reports as e
join facts.period_parts as x on x.part = e.period and x.span = 'within'
