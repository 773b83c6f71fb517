-- temp.needed_inputs: what the indexes and derived metrics of the batch are computed from, and of which period.
-- grain    one row a name and period
-- key      input, period
-- inputs   temp.batch, facts.metric_inputs, facts.periods
-- refresh  batch
-- meaning  of the period itself, and of those that a formula looks back at.
select distinct
    i.input,
    case i.step when 'previous' then p.previous when 'year_ago' then p.year_ago else b.period end as period
from temp.batch as b
join facts.metric_inputs as i on i.metric = b.metric
join facts.periods as p on p.period = b.period
