-- temp.rolled_values: what this refresh computes again, for every division from village to city.
-- grain    one row a cell (metric and period) and division
-- key      cell, number
-- inputs   metrics.unit_values, temp.distinct_values, facts.ancestors, facts.cells, temp.batch,
--          facts.changed_divisions
-- refresh  batch
-- meaning  a ratio is the sum of numerators over the sum of denominators, never a mean of ratios.
--          null = nobody below reported; 0 = somebody reported, and the answer was none. Cells stand for
--          metric and period, numbers for divisions, while rows are grouped.
-- checks   children_sum_to_parent, reported_within_expected
with placed as (
    select c.cell, c.divisions, n.ancestor_number as number, u.numerator, u.denominator, u.reported, u.expected
    from metrics.unit_values as u
    join temp.batch as a on a.metric = u.metric and a.period = u.period
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
    select v.cell, v.number, v.numerator, null as denominator, v.reported, v.expected
    from temp.distinct_values as v
    join facts.cells as c on c.cell = v.cell
    join temp.batch as b on b.metric = c.metric and b.period = c.period
)
select
    r.cell,
    r.number,
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
