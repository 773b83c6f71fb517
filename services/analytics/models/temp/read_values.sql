-- temp.read_values: the metrics of forms that indexes and derived metrics read, at the changed units.
-- grain    one row a metric, reporting division and period
-- key      metric, division, period
-- inputs   temp.needed_inputs, temp.period_values, temp.batch, facts.cells, facts.changed_units,
--          facts.metric_definitions
-- before   marts.metric_values
-- refresh  batch
-- meaning  from this batch where it has been computed again, else as it stands.
with wanted as (
    select c.cell, c.metric, c.metric_number, c.period, d.grain, c.divisions, b.cell is not null as is_fresh
    from temp.needed_inputs as n
    join facts.cells as c on c.metric = n.input and c.period = n.period
    join facts.metric_definitions as d on d.metric = c.metric
    left join temp.batch as b on b.cell = c.cell
), standing as (
    select cell, metric, metric_number, period, grain
    from wanted
    where not is_fresh
)
select
    w.metric,
    u.division,
    w.period,
    case
        when w.divisions = 'ratio' then cast(v.numerator as double) / nullif(cast(v.denominator as double), 0)
        else cast(v.numerator as double)
    end as value
from temp.period_values as v
join wanted as w on w.cell = v.cell
join facts.changed_units as u on u.number = v.number
union all
select
    s.metric,
    v.division,
    v.period,
    v.value
from marts.metric_values as v
join standing as s on s.metric_number = v.metric_number and s.period = v.period and s.grain = v.level
join facts.changed_units as u on u.division = v.division
-- Said again beside the join: these two filters are what lets most of the table go unread.
where v.period in (select period from standing)
  and v.metric_number in (select metric_number from standing)
order by metric
