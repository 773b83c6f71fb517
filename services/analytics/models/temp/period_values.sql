-- temp.period_values: every metric of a form at the divisions that report, for the periods of the batch.
-- grain    one row a cell (metric and period) and reporting division
-- key      cell, number
-- inputs   facts.measures (what each reported, or should have), temp.cell_parts, temp.batch, facts.changed_units
-- refresh  batch
-- meaning  flows add up, balances take the last report in the period, to_date runs from the start of the
--          year. reported of expected counts reports for flows, divisions for balances. A last report
--          without a number (nil has no longest) leaves none: an older one does not stand in for it.
with spans as (
    select p.cell, p.metric, p.periods, p.part, p.ordinal
    from temp.cell_parts as p
    join temp.batch as b on b.cell = p.cell
    where p.divisions <> 'distinct'
), parts as (
    select s.cell, u.number, m.numerator, m.denominator, m.is_reported, s.ordinal, s.periods
    from facts.measures as m
    join spans as s on s.metric = m.metric and s.part = m.period
    join facts.changed_units as u on u.division = m.division
    -- Said again beside the joins: these filters are what lets most of the table go unread.
    where m.metric in (select metric from spans)
      and m.period in (select part from spans)
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
    r.cell,
    r.number,
    cast(r.numerator as decimal(18, 4)) as numerator,
    cast(r.denominator as decimal(18, 4)) as denominator,
    r.reported,
    r.expected
from rolled as r
