-- metrics.period_values: every metric of a form at the divisions that report, for every period.
-- grain    one row a metric, reporting division and period
-- key      metric, division, period
-- inputs   facts.measures (what each reported, or should have), facts.metric_definitions,
--          facts.period_parts, facts.affected, facts.changed_units, facts.periods,
--          facts.begun, facts.cells, facts.lineage
-- refresh  units
-- meaning  flows add up, balances take the last report in the period, to_date runs from the start of the
--          year. reported of expected counts reports for flows, divisions for balances. A last report
--          without a number (nil has no longest) leaves none: an older one does not stand in for it.
-- checks   reported_within_expected
with parts as (
    select c.cell, l.number, m.numerator, m.denominator, m.is_reported, p.ordinal, d.periods
    from facts.measures as m
    join facts.metric_definitions as d on d.metric = m.metric
    join facts.period_parts as x on x.part = m.period and x.span = d.span
    join facts.affected as a on a.metric = m.metric and a.period = x.period
    join facts.begun as g on g.form = d.form and g.period = x.period
    join facts.cells as c on c.metric = m.metric and c.period = x.period
    join facts.changed_units as u on u.division = m.division
    join facts.lineage as l on l.division = m.division
    join facts.periods as p on p.period = m.period
    where d.divisions <> 'distinct'
), rolled as (
    select
        cell, number,
        sum(numerator) as numerator,
        sum(denominator) as denominator,
        count(*) filter (where is_reported) as reported,
        count(*) as expected
    from parts
    where periods in ('sum', 'to_date')
    group by cell, number
    union all
    select
        cell, number,
        case
            when max(ordinal) filter (where numerator is not null) = max(ordinal) filter (where is_reported)
            then arg_max(numerator, ordinal) filter (where is_reported)
        end as numerator,
        arg_max(denominator, ordinal) filter (where is_reported) as denominator,
        max(case when is_reported then 1 else 0 end) as reported,
        1 as expected
    from parts
    where periods = 'last'
    group by cell, number
    union all
    select
        cell, number,
        case when periods = 'minimum' then min(numerator) else max(numerator) end as numerator,
        null as denominator,
        count(*) filter (where is_reported) as reported,
        count(*) as expected
    from parts
    where periods in ('minimum', 'maximum')
    group by cell, number, periods
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
    r.reported,
    r.expected
from rolled as r
join facts.cells as c on c.cell = r.cell
join facts.lineage as l on l.number = r.number
order by r.cell * 1000000 + r.number
