-- metrics.metric_values: every metric, for every division from village to city.
-- grain    one row a metric, division and period
-- key      metric, division, period
-- inputs   metrics.unit_values, facts.ancestors, facts.metric_definitions, facts.affected, facts.members,
--          facts.measures, facts.period_parts, facts.changed_divisions, facts.begun
-- refresh  divisions
-- meaning  a ratio is the sum of numerators over the sum of denominators, never a mean of ratios.
--          null = nobody below reported; 0 = somebody reported, and the answer was none.
-- checks   children_sum_to_parent, reported_within_expected
with placed as (
    select u.metric, n.ancestor as division, u.period, u.numerator, u.denominator, u.reported, u.expected, d.divisions
    from metrics.unit_values as u
    join facts.affected as a on a.metric = u.metric and a.period = u.period
    join facts.metric_definitions as d on d.metric = u.metric
    join facts.ancestors as n on n.division = u.division
    join facts.changed_divisions as c on c.division = n.ancestor
), counted as (
    select m.metric, n.ancestor as division, x.period, count(distinct m.member) as members
    from facts.members as m
    join facts.metric_definitions as d on d.metric = m.metric
    join facts.period_parts as x on x.part = m.period and x.span = d.span
    join facts.affected as a on a.metric = m.metric and a.period = x.period
    join facts.begun as g on g.form = d.form and g.period = x.period
    join facts.ancestors as n on n.division = m.division
    join facts.changed_divisions as c on c.division = n.ancestor
    group by m.metric, n.ancestor, x.period
), answered as (
    select m.metric, n.ancestor as division, x.period, count(*) filter (where m.is_reported) as reported, count(*) as expected
    from facts.measures as m
    join facts.metric_definitions as d on d.metric = m.metric
    join facts.period_parts as x on x.part = m.period and x.span = d.span
    join facts.affected as a on a.metric = m.metric and a.period = x.period
    join facts.begun as g on g.form = d.form and g.period = x.period
    join facts.ancestors as n on n.division = m.division
    join facts.changed_divisions as c on c.division = n.ancestor
    where d.divisions = 'distinct'
    group by m.metric, n.ancestor, x.period
), rolled as (
    select
        metric, division, period,
        sum(numerator) as numerator, sum(denominator) as denominator,
        sum(reported) as reported, sum(expected) as expected
    from placed
    where divisions in ('sum', 'count', 'ratio')
    group by metric, division, period
    union all
    select
        metric, division, period,
        case when divisions = 'minimum' then min(numerator) else max(numerator) end as numerator, null as denominator,
        sum(reported) as reported, sum(expected) as expected
    from placed
    where divisions in ('minimum', 'maximum')
    group by metric, division, period, divisions
    union all
    select
        metric, division, period,
        median(numerator) as numerator, null as denominator,
        sum(reported) as reported, sum(expected) as expected
    from placed
    where divisions = 'median'
    group by metric, division, period
    union all
    select
        a.metric, a.division, a.period,
        case when c.members is not null then c.members when a.reported > 0 then 0 end as numerator,
        null as denominator, a.reported, a.expected
    from answered as a
    left join counted as c on c.metric = a.metric and c.division = a.division and c.period = a.period
)
select
    r.metric,
    r.division,
    r.period,
    cast(r.numerator as decimal(18, 4)) as numerator,
    cast(r.denominator as decimal(18, 4)) as denominator,
    case
        when d.divisions = 'ratio' then cast(r.numerator as double) / nullif(cast(r.denominator as double), 0)
        else cast(r.numerator as double)
    end as value,
    cast(r.reported as bigint) as reported,
    cast(r.expected as bigint) as expected
from rolled as r
join facts.metric_definitions as d on d.metric = r.metric
order by r.period, r.division, r.metric
