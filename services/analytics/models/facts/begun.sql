-- facts.begun: the periods of each form in which something is due already, or recorded.
-- grain    one row a form and period
-- key      form, period
-- inputs   facts.expected_reports, facts.recorded_rows, facts.period_parts
-- refresh  whole
-- meaning  a sum from the start of the year stands for a period that has begun, never for one to come.
with due as (
    select form, period from facts.expected_reports
    union
    select form, period from facts.recorded_rows
)
select distinct d.form, x.period
from due as d
join facts.period_parts as x on x.part = d.period and x.span = 'within'
