-- temp.rolled_values: what this refresh computes again, for every division from village to city.
-- grain    one row a cell (metric and period) and division
-- key      cell, number
-- inputs   temp.unit_values, temp.distinct_values, temp.changed_cells, facts.ancestors, facts.cells,
--          facts.changed_divisions, facts.changed_units, facts.lineage, facts.metric_definitions
-- before   marts.metric_values
-- refresh  batch
-- meaning  a ratio is the sum of numerators over the sum of denominators, never a mean of ratios.
--          null = nobody below reported; 0 = somebody reported, and the answer was none. What reporting divisions
--          did not change stands. Cells stand for metric and period, numbers for divisions, while rows are grouped.
-- checks   children_sum_to_parent, reported_within_expected
with unchanged as (
    select l.number, l.division
    from facts.lineage as l
    left join facts.changed_units as c on c.number = l.number
    where c.number is null
), units as (
    select u.cell, u.number, u.numerator, u.denominator, u.reported, u.expected
    from temp.unit_values as u
    join temp.changed_cells as b on b.cell = u.cell
    union all
    select b.cell, u.number, v.numerator, v.denominator, v.reported, v.expected
    from marts.metric_values as v
    join temp.changed_cells as b on b.metric_number = v.metric_number and b.period = v.period
    join facts.metric_definitions as d on d.metric_number = v.metric_number and d.grain = v.level
    join unchanged as u on u.division = v.division
    -- Said again beside the join: these two filters are what lets most of the table go unread.
    where v.period in (select period from temp.changed_cells)
      and v.metric_number in (select metric_number from temp.changed_cells)
), placed as (
    select c.cell, c.divisions, n.ancestor_number as number, u.numerator, u.denominator, u.reported, u.expected
    from units as u
    join facts.cells as c on c.cell = u.cell
    join facts.ancestors as n on n.number = u.number
    join facts.changed_divisions as d on d.number = n.ancestor_number
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
    join temp.changed_cells as b on b.cell = v.cell
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
