-- metrics.metric_values: every metric, for every division from village to city.
-- grain    one row a metric, division and period
-- key      metric, division, period
-- inputs   metrics.unit_values, metrics.distinct_values, facts.ancestors, facts.cells, facts.affected,
--          facts.changed_divisions, facts.lineage
-- refresh  divisions
-- meaning  a ratio is the sum of numerators over the sum of denominators, never a mean of ratios.
--          null = nobody below reported; 0 = somebody reported, and the answer was none. Cells stand for
--          metric and period, numbers for divisions, while rows are grouped.
-- checks   children_sum_to_parent, reported_within_expected
with placed as (
    select c.cell, c.divisions, n.ancestor_number as number, u.numerator, u.denominator, u.reported, u.expected
    from metrics.unit_values as u
    join facts.affected as a on a.metric = u.metric and a.period = u.period
    join facts.cells as c on c.metric = u.metric and c.period = u.period
    join facts.ancestors as n on n.division = u.division
    join facts.changed_divisions as d on d.division = n.ancestor
), rolled as (
    select
        cell, number,
        sum(numerator) as numerator, sum(denominator) as denominator,
        sum(reported) as reported, sum(expected) as expected
    from placed
    where divisions in ('sum', 'count', 'ratio')
    group by cell, number
    union all
    select
        cell, number,
        case when divisions = 'minimum' then min(numerator) else max(numerator) end as numerator, null as denominator,
        sum(reported) as reported, sum(expected) as expected
    from placed
    where divisions in ('minimum', 'maximum')
    group by cell, number, divisions
    union all
    select
        cell, number,
        median(numerator) as numerator, null as denominator,
        sum(reported) as reported, sum(expected) as expected
    from placed
    where divisions = 'median'
    group by cell, number
    union all
    select cell, number, numerator, null as denominator, reported, expected
    from metrics.distinct_values
)
select
    c.metric,
    l.division,
    c.period,
    cast(r.numerator as decimal(18, 4)) as numerator,
    cast(r.denominator as decimal(18, 4)) as denominator,
    case
        when c.divisions = 'ratio' then cast(r.numerator as double) / nullif(cast(r.denominator as double), 0)
        else cast(r.numerator as double)
    end as value,
    cast(r.reported as bigint) as reported,
    cast(r.expected as bigint) as expected
from rolled as r
join facts.cells as c on c.cell = r.cell
join facts.lineage as l on l.number = r.number
order by r.cell * 1000000 + r.number
